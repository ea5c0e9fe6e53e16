using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>application_layer_protocol_negotiation (RFC 7301 §3.1).</summary>
internal static class AlpnExtension
{
    // opaque ProtocolName<1..2^8-1>;
    // struct {
    //     ProtocolName protocol_name_list<2..2^16-1>
    // } ProtocolNameList;

    /// <summary>The most names we take from a peer, and offer to one; clients offer one to a handful.</summary>
    public const int MaxProtocols = 64;

    public static void Write(MessageWriter writer, IReadOnlyList<byte[]> protocols)
    {
        using (writer.BeginExtension(ExtensionType.ApplicationLayerProtocolNegotiation))
        using (writer.BeginVector16())
        {
            foreach (var protocol in protocols)
                writer.Vector8(protocol);
        }
    }

    public static PeerMisbehavior? Read(ReadOnlySpan<byte> data, out List<ReadOnlyMemory<byte>> protocols)
    {
        protocols = [];
        var reader = new SpanReader(data);
        if (!reader.TryReadVector16(out var list) || !reader.IsAtEnd || list.IsEmpty)
            return PeerMisbehavior.MalformedApplicationProtocols;
        var names = new SpanReader(list);
        while (!names.IsAtEnd)
        {
            if (!names.TryReadVector8(out var name) || name.IsEmpty)
                return PeerMisbehavior.MalformedApplicationProtocols;
            if (protocols.Count == MaxProtocols)
                return PeerMisbehavior.TooManyApplicationProtocols;
            protocols.Add(name.ToArray());
        }

        return null;
    }
}
