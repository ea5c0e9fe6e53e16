using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>NewSessionTicket (RFC 8446 §4.6.1): read to be checked, and then forgotten, since nothing is resumed.</summary>
internal static class NewSessionTicket
{
    // struct {
    //     uint32 ticket_lifetime;
    //     uint32 ticket_age_add;
    //     opaque ticket_nonce<0..255>;
    //     opaque ticket<1..2^16-1>;
    //     Extension extensions<0..2^16-2>;
    // } NewSessionTicket;
    private const uint QuicMaxEarlyDataSize = 0xffff_ffff;

    public static PeerMisbehavior? Check(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt32(out _) || !reader.TryReadUInt32(out _) || !reader.TryReadVector8(out _)
            || !reader.TryReadVector16(out var ticket) || ticket.IsEmpty
            || !reader.TryReadVector16(out var extensions) || !reader.IsAtEnd)
        {
            return PeerMisbehavior.MalformedNewSessionTicket;
        }

        if (ExtensionBlock.Open(extensions, out var block) is { } fault)
            return fault;
        while (block.TryNext(out var type, out var data))
        {
            if (ExtensionRules.Check(type, ExtensionPlaces.NewSessionTicket, serverNameSent: false) is { } misplaced)
                return misplaced;
            if (type != ExtensionType.EarlyData)
                continue;
            var earlyData = new SpanReader(data);
            if (!earlyData.TryReadUInt32(out var maximum) || !earlyData.IsAtEnd)
                return PeerMisbehavior.MalformedNewSessionTicket;
            if (maximum != QuicMaxEarlyDataSize) // RFC 9001 §4.6.1
                return PeerMisbehavior.WrongMaxEarlyDataSize;
        }

        return null;
    }
}
