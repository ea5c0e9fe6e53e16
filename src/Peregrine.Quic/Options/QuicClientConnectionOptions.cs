using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.Quic;

/// <summary>Where a client connects to, and how it trusts the server.</summary>
public sealed class QuicClientConnectionOptions : QuicConnectionOptions
{
    /// <summary>
    /// TLS: <see cref="SslClientAuthenticationOptions.ApplicationProtocols"/> must hold at least one protocol; <c>TargetHost</c> (else the
    /// DNS name of <see cref="RemoteEndPoint"/>), <c>RemoteCertificateValidationCallback</c>, <c>CertificateChainPolicy</c> and
    /// <c>CertificateRevocationCheckMode</c> are honoured, except that nothing is ever fetched: online revocation is refused, and a
    /// policy's
    /// downloads are off. What QUIC cannot honour is refused when connecting.
    /// </summary>
    public required SslClientAuthenticationOptions ClientAuthenticationOptions { get; set; }

    /// <summary>The server: an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</summary>
    public required EndPoint RemoteEndPoint { get; set; }

    /// <summary>
    /// The local address and port. Null, the default, lets the system choose, and shares one socket among all clients of the process with
    /// the same socket options; an address or port of your own is bound for this connection alone.
    /// </summary>
    public IPEndPoint? LocalEndPoint { get; set; }

    /// <summary>
    /// SHA-256 hashes of certificates to trust. When there are any, they replace the verification of the chain and the name: the server's
    /// certificate must match one, be valid now and for at most two weeks, and have an ECDSA key on P-256 or P-384, as
    /// browsers demand of <c>serverCertificateHashes</c> (W3C WebTransport §6.9). They go together with neither a
    /// <c>RemoteCertificateValidationCallback</c> nor a <c>CertificateChainPolicy</c>.
    /// </summary>
    public IList<ReadOnlyMemory<byte>> ServerCertificateHashes { get; } = [];

    /// <summary>Where the connection's log goes. Nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The clock. The system's by default.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How the UDP socket is set up.</summary>
    public QuicSocketOptions Socket { get; set; } = new();

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(ClientAuthenticationOptions);
        ArgumentNullException.ThrowIfNull(RemoteEndPoint);
        ArgumentNullException.ThrowIfNull(LoggerFactory);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Socket);
        Socket.Validate();
        if (RemoteEndPoint is not (IPEndPoint or DnsEndPoint))
            throw new ArgumentException("RemoteEndPoint must be an IPEndPoint or a DnsEndPoint.", nameof(RemoteEndPoint));
        if (RemoteEndPoint is IPEndPoint { Port: 0 } or DnsEndPoint { Port: 0 })
            throw new ArgumentException("RemoteEndPoint has port 0; give the server's port.", nameof(RemoteEndPoint));
        foreach (var hash in ServerCertificateHashes)
        {
            if (hash.Length != SHA256.HashSizeInBytes)
            {
                throw new ArgumentException(
                    $"ServerCertificateHashes holds {hash.Length} bytes; a SHA-256 hash has 32.", nameof(ServerCertificateHashes));
            }
        }

        ClientTls.Check(ClientAuthenticationOptions, usesHashes: ServerCertificateHashes.Count > 0);
    }
}
