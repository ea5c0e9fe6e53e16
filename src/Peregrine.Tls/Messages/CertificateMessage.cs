using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>Certificate (RFC 8446 §4.4.2).</summary>
internal static class CertificateMessage
{
    // struct {
    //     opaque cert_data<1..2^24-1>;
    //     Extension extensions<0..2^16-1>;
    // } CertificateEntry;
    // struct {
    //     opaque certificate_request_context<0..2^8-1>;
    //     CertificateEntry certificate_list<0..2^24-1>;
    // } Certificate;

    /// <summary>The most certificates we take from a peer; real chains have two to four (robustness T7).</summary>
    public const int MaxCertificates = 16;

    public static byte[] Write(IReadOnlyList<byte[]> chain)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.Certificate))
        {
            writer.Vector8(default);
            using (writer.BeginVector24())
            {
                foreach (var certificate in chain)
                {
                    writer.Vector24(certificate);
                    writer.Vector16(default);
                }
            }
        }

        return writer.ToArray();
    }

    public static PeerMisbehavior? Read(ReadOnlySpan<byte> body, out List<ReadOnlyMemory<byte>> certificates)
    {
        certificates = [];
        var reader = new SpanReader(body);
        if (!reader.TryReadVector8(out var context) || !reader.TryReadVector24(out var list) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedCertificateMessage;
        if (!context.IsEmpty)
            return PeerMisbehavior.CertificateContextNotEmpty;
        if (list.IsEmpty)
            return PeerMisbehavior.NoCertificate;

        var entries = new SpanReader(list);
        while (!entries.IsAtEnd)
        {
            if (!entries.TryReadVector24(out var certificate) || certificate.IsEmpty || !entries.TryReadVector16(out var extensions))
                return PeerMisbehavior.MalformedCertificateMessage;
            if (CheckExtensions(extensions) is { } fault)
                return fault;
            if (certificates.Count == MaxCertificates)
                return PeerMisbehavior.TooManyCertificates;
            certificates.Add(certificate.ToArray());
        }

        return null;
    }

    // We offer none that may stand here.
    private static PeerMisbehavior? CheckExtensions(ReadOnlySpan<byte> extensions)
    {
        if (ExtensionBlock.Open(extensions, out var block) is { } fault)
            return fault;
        return block.TryNext(out var type, out _)
            ? ExtensionRules.Check(type, ExtensionPlaces.Certificate, serverNameSent: false)
            : null;
    }
}
