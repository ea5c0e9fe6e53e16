using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.WebTransport;

/// <summary>How a client connects, and how it trusts the server.</summary>
public sealed class WebTransportClientOptions : WebTransportOptions
{
    /// <summary>
    /// SHA-256 hashes (32 bytes) of server certificates to trust. When there are any, they replace the verification of the chain and the
    /// name, under the rules browsers apply to <c>serverCertificateHashes</c>: the certificate must be valid now and for at most fourteen
    /// days in all, with a key on an elliptic curve. <see cref="WebTransportCertificate.Hash"/> makes them.
    /// </summary>
    public IList<ReadOnlyMemory<byte>> ServerCertificateHashes { get; } = [];

    /// <summary>
    /// Decides about the server's certificate after the usual verification, in place of its verdict. Not together with
    /// <see cref="ServerCertificateHashes"/>. Null, the default, demands a chain to the system's roots and a matching name.
    /// </summary>
    public RemoteCertificateValidationCallback? RemoteCertificateValidationCallback { get; set; }

    /// <summary>
    /// How the chain is built, for instance which roots to trust. Null, the default, takes the system's, without any network fetch.
    /// </summary>
    public X509ChainPolicy? CertificateChainPolicy { get; set; }

    /// <summary>Header fields to send with the request.</summary>
    public WebTransportHeaders Headers { get; } = [];

    /// <summary>
    /// The <c>origin</c> header to send, as a browser would. None by default, since a program is no web page
    /// (draft-ietf-webtrans-http3 §3.2).
    /// </summary>
    public string? Origin { get; set; }

    /// <summary>The local address and port. Null, the default, lets the system choose.</summary>
    public IPEndPoint? LocalEndPoint { get; set; }

    internal override TimeSpan EffectiveKeepAliveInterval => KeepAliveOr(1.0 / 3, TimeSpan.FromSeconds(10));

    internal override void Validate()
    {
        base.Validate();
        foreach (var hash in ServerCertificateHashes)
        {
            if (hash.Length != SHA256.HashSizeInBytes)
                throw new ArgumentException(
                    $"ServerCertificateHashes holds {hash.Length} bytes; a SHA-256 hash has 32.", nameof(ServerCertificateHashes));
        }

        if (ServerCertificateHashes.Count > 0 && RemoteCertificateValidationCallback is not null)
        {
            throw new ArgumentException(
                "Set ServerCertificateHashes or RemoteCertificateValidationCallback, not both: the hashes are the verdict.",
                nameof(RemoteCertificateValidationCallback));
        }

        if (Origin is not null && Headers.Contains("origin"))
            throw new ArgumentException("The origin is in Headers and in Origin; set it once.", nameof(Origin));
    }
}
