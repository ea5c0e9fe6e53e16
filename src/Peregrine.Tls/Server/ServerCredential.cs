using System.Net.Security;

namespace Peregrine.Tls;

/// <summary>
/// A certificate chain in DER, leaf first, and the signer that holds the leaf's private key. One credential serves many handshakes.
/// </summary>
internal sealed class ServerCredential(IReadOnlyList<byte[]> chain, ITlsSigner signer)
{
    private byte[]? _certificateMessage;

    public IReadOnlyList<byte[]> Chain { get; } = chain;

    public ITlsSigner Signer { get; } = signer;

    /// <summary>The Certificate message, which is the same in every handshake; made once. Not to be written to.</summary>
    public byte[] CertificateMessage => _certificateMessage ??= Peregrine.Tls.CertificateMessage.Write(Chain);

    /// <summary>The certificate of a context with its intermediates. The context must outlive the credential.</summary>
    public static ServerCredential From(SslStreamCertificateContext context)
    {
        List<byte[]> chain = [context.TargetCertificate.RawData];
        foreach (var intermediate in context.IntermediateCertificates)
            chain.Add(intermediate.RawData);
        return new ServerCredential(chain, new X509Signer(context.TargetCertificate));
    }
}
