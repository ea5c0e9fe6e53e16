using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>The certificates a peer sent, parsed and within our limits. It owns them.</summary>
internal sealed class ReceivedChain : IDisposable
{
    /// <summary>The most bytes of certificates we look at.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly List<X509Certificate2> _certificates = [];

    private ReceivedChain()
    {
    }

    public X509Certificate2 Leaf => _certificates[0];

    public IEnumerable<X509Certificate2> Intermediates => _certificates.Skip(1);

    /// <summary>Null, with the reason, when a certificate does not parse or a limit is passed (robustness T7).</summary>
    public static ReceivedChain? Read(IReadOnlyList<ReadOnlyMemory<byte>> certificates, out TlsFailure? failure)
    {
        failure = Refuse(certificates);
        if (failure is not null)
            return null;
        var chain = new ReceivedChain();
        try
        {
            foreach (var certificate in certificates)
                chain._certificates.Add(PeerCertificate.Load(certificate.Span));
            failure = chain.CheckKeySizes();
        }
        catch (CryptographicException)
        {
            failure = new TlsFailure(TlsAlert.BadCertificate, "The server's chain has a certificate that does not parse.");
        }

        if (failure is null)
            return chain;
        chain.Dispose();
        return null;
    }

    public void Dispose()
    {
        foreach (var certificate in _certificates)
            certificate.Dispose();
    }

    private static TlsFailure? Refuse(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        if (certificates.Count == 0)
            return new TlsFailure(TlsAlert.BadCertificate, "The server sent no certificate.");
        var bytes = 0L;
        foreach (var certificate in certificates)
            bytes += certificate.Length;
        return certificates.Count <= CertificateMessage.MaxCertificates && bytes <= MaxBytes
            ? null
            : new TlsFailure(
                TlsAlert.BadCertificate, $"The server's chain is longer than {CertificateMessage.MaxCertificates} certificates or {MaxBytes} bytes.");
    }

    private TlsFailure? CheckKeySizes()
    {
        foreach (var certificate in _certificates)
        {
            var key = CertificateKey.Of(certificate);
            if (key.Kind is SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss
                && key.RsaBits is not (>= CertificateKey.MinRsaBits and <= CertificateKey.MaxRsaBits))
            {
                return PeerMisbehaviors.Failure(PeerMisbehavior.RsaKeySize);
            }
        }

        return null;
    }
}
