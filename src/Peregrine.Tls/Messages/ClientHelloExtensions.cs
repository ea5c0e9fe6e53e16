using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// The extensions of a ClientHello sorted out but not yet read, borrowed from the message. Those with numbers we do not know (GREASE too)
/// are skipped.
/// </summary>
internal ref struct ClientHelloExtensions
{
    private bool _hasPreSharedKey;
    private bool _hasPskModes;

    public FoundExtension ServerName { get; private set; }

    public FoundExtension SupportedGroups { get; private set; }

    public FoundExtension SignatureAlgorithms { get; private set; }

    public FoundExtension ApplicationProtocols { get; private set; }

    public FoundExtension KeyShare { get; private set; }

    public FoundExtension TransportParameters { get; private set; }

    public bool HasEarlyData { get; private set; }

    public bool OffersTls13 { get; private set; }

    /// <summary>The first required extension that is not there (RFC 8446 §9.2, RFC 9001 §8).</summary>
    public readonly PeerMisbehavior? MissingExtension =>
        !TransportParameters.IsPresent ? PeerMisbehavior.MissingTransportParameters
        : !ApplicationProtocols.IsPresent ? PeerMisbehavior.MissingApplicationProtocols
        : !SupportedGroups.IsPresent ? PeerMisbehavior.MissingSupportedGroups
        : !KeyShare.IsPresent ? PeerMisbehavior.MissingKeyShare
        : !SignatureAlgorithms.IsPresent ? PeerMisbehavior.MissingSignatureAlgorithms
        : _hasPreSharedKey && !_hasPskModes ? PeerMisbehavior.MissingPskModes // RFC 8446 §4.2.9
        : null;

    public static PeerMisbehavior? Read(ReadOnlySpan<byte> extensions, out ClientHelloExtensions found)
    {
        found = default;
        if (ExtensionBlock.Open(extensions, out var block) is { } fault)
            return fault;
        while (block.TryNext(out var type, out var data))
        {
            switch (type)
            {
                case ExtensionType.SupportedVersions:
                    if (!TryReadVersions(data, out var offersTls13))
                        return PeerMisbehavior.MalformedSupportedVersions;
                    found.OffersTls13 = offersTls13;
                    break;
                case ExtensionType.ServerName:
                    found.ServerName = new FoundExtension(data);
                    break;
                case ExtensionType.SupportedGroups:
                    found.SupportedGroups = new FoundExtension(data);
                    break;
                case ExtensionType.SignatureAlgorithms:
                    found.SignatureAlgorithms = new FoundExtension(data);
                    break;
                case ExtensionType.ApplicationLayerProtocolNegotiation:
                    found.ApplicationProtocols = new FoundExtension(data);
                    break;
                case ExtensionType.KeyShare:
                    found.KeyShare = new FoundExtension(data);
                    break;
                case ExtensionType.QuicTransportParameters:
                    found.TransportParameters = new FoundExtension(data);
                    break;
                case ExtensionType.EarlyData when !data.IsEmpty: // RFC 8446 §4.2.10
                    return PeerMisbehavior.MalformedEarlyData;
                case ExtensionType.EarlyData:
                    found.HasEarlyData = true;
                    break;
                case ExtensionType.PskKeyExchangeModes:
                    if (!AreModes(data))
                        return PeerMisbehavior.MalformedPskModes;
                    found._hasPskModes = true;
                    break;
                case ExtensionType.PreSharedKey when !block.IsAtEnd: // RFC 8446 §4.2.11
                    return PeerMisbehavior.PreSharedKeyNotLast;
                case ExtensionType.PreSharedKey:
                    if (PreSharedKeyOffer.Check(data) is { } wrongOffer)
                        return wrongOffer;
                    found._hasPreSharedKey = true;
                    break;
            }
        }

        return null;
    }

    // ProtocolVersion versions<2..254>;
    private static bool TryReadVersions(ReadOnlySpan<byte> data, out bool offersTls13)
    {
        offersTls13 = false;
        var reader = new SpanReader(data);
        if (!reader.TryReadVector8(out var list) || !reader.IsAtEnd || !VectorReading.TryReadCodePoints(list, out var versions))
            return false;
        offersTls13 = versions.Contains(ProtocolVersions.Tls13);
        return true;
    }

    // PskKeyExchangeMode ke_modes<1..255>;
    private static bool AreModes(ReadOnlySpan<byte> data)
    {
        var reader = new SpanReader(data);
        return reader.TryReadVector8(out var modes) && reader.IsAtEnd && !modes.IsEmpty;
    }
}
