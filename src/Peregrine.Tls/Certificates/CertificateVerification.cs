using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>
/// Decides whether a server's certificate is to be trusted: the verdict that a client handshake pauses for. Pure functions of their
/// arguments and of
/// the system's trust store; they may take milliseconds, so the driver runs them outside its lock. They never fetch anything from a
/// network.
/// A null result accepts the certificate.
/// </summary>
internal static class CertificateVerification
{
    /// <summary>
    /// The usual rules: a chain to a trusted root, valid now, made for servers, and made out to this host name or IP address.
    /// </summary>
    public static TlsFailure? VerifyChain(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates, string host, DateTimeOffset now, CertificateTrust trust)
    {
        using var received = ReceivedChain.Read(certificates, out var unreadable);
        if (received is null)
            return unreadable;
        using var chain = trust.CreateChain(received, now);
        return ChainCheck.Run(chain, received.Leaf) ?? HostCheck.Run(received.Leaf, host);
    }

    /// <summary>
    /// The rules of W3C WebTransport for serverCertificateHashes, by the SHA-256 of the leaf: see <see cref="CertificateHashCheck"/>.
    /// </summary>
    public static TlsFailure? VerifyHash(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates, IReadOnlyList<ReadOnlyMemory<byte>> sha256Hashes, DateTimeOffset now)
    {
        using var received = ReceivedChain.Read(certificates, out var unreadable);
        return received is null ? unreadable : CertificateHashCheck.Run(received.Leaf, sha256Hashes, now);
    }

    /// <summary>
    /// Runs the usual rules and then lets the callback decide, as SslStream does. The certificate and the chain are the callback's to
    /// read only while
    /// it runs. What the callback throws comes out of here.
    /// </summary>
    public static TlsFailure? VerifyByCallback(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates,
        string host,
        DateTimeOffset now,
        CertificateTrust trust,
        RemoteCertificateValidationCallback callback,
        object sender)
    {
        using var received = ReceivedChain.Read(certificates, out var unreadable);
        if (received is null)
            return unreadable;
        using var chain = trust.CreateChain(received, now);
        var wrongChain = ChainCheck.Run(chain, received.Leaf);
        var wrongHost = HostCheck.Run(received.Leaf, host);
        var errors = (wrongChain is null ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateChainErrors)
            | (wrongHost is null ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch);
        return callback(sender, received.Leaf, chain, errors)
            ? null
            : wrongChain ?? wrongHost
                ?? new TlsFailure(TlsAlert.CertificateUnknown, "The application's callback refused the server's certificate.");
    }
}
