using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>CertificateRequest (RFC 8446 §4.3.2): read to be checked; its answer is always that we have no certificate.</summary>
internal static class CertificateRequest
{
    // struct {
    //     opaque certificate_request_context<0..2^8-1>;
    //     Extension extensions<2..2^16-1>;
    // } CertificateRequest;
    private const int MinExtensionsLength = 2;

    public static PeerMisbehavior? Check(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        if (!reader.TryReadVector8(out var context) || !reader.TryReadVector16(out var extensions) || !reader.IsAtEnd
            || extensions.Length < MinExtensionsLength)
        {
            return PeerMisbehavior.MalformedCertificateRequest;
        }

        if (!context.IsEmpty) // only after the handshake may it say something
            return PeerMisbehavior.CertificateContextNotEmpty;

        if (ExtensionBlock.Open(extensions, out var block) is { } fault)
            return fault;
        var hasSchemes = false;
        while (block.TryNext(out var type, out var data))
        {
            if (ExtensionRules.Check(type, ExtensionPlaces.CertificateRequest, serverNameSent: false) is { } misplaced)
                return misplaced;
            if (type != ExtensionType.SignatureAlgorithms)
                continue;
            if (!VectorReading.TryReadCodePointVector(data, out _))
                return PeerMisbehavior.MalformedSignatureAlgorithms;
            hasSchemes = true;
        }

        return hasSchemes ? null : PeerMisbehavior.MissingSignatureAlgorithms;
    }
}
