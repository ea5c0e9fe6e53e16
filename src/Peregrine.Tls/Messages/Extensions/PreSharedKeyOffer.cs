using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>A client's pre_shared_key (RFC 8446 §4.2.11): read to be checked, and then passed over, since nothing is resumed.</summary>
internal static class PreSharedKeyOffer
{
    // struct {
    //     opaque identity<1..2^16-1>;
    //     uint32 obfuscated_ticket_age;
    // } PskIdentity;
    // opaque PskBinderEntry<32..255>;
    // struct {
    //     PskIdentity identities<7..2^16-1>;
    //     PskBinderEntry binders<33..2^16-1>;
    // } OfferedPsks;
    private const int MinBinderLength = 32;

    public static PeerMisbehavior? Check(ReadOnlySpan<byte> data)
    {
        var reader = new SpanReader(data);
        if (!reader.TryReadVector16(out var identities) || !reader.TryReadVector16(out var binders) || !reader.IsAtEnd
            || !TryCountIdentities(identities, out var identityCount) || !TryCountBinders(binders, out var binderCount))
        {
            return PeerMisbehavior.MalformedPreSharedKey;
        }

        return identityCount == binderCount ? null : PeerMisbehavior.BinderCount;
    }

    private static bool TryCountIdentities(ReadOnlySpan<byte> list, out int count)
    {
        count = 0;
        var reader = new SpanReader(list);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadVector16(out var identity) || identity.IsEmpty || !reader.TryReadUInt32(out _))
                return false;
            count++;
        }

        return count > 0;
    }

    private static bool TryCountBinders(ReadOnlySpan<byte> list, out int count)
    {
        count = 0;
        var reader = new SpanReader(list);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadVector8(out var binder) || binder.Length < MinBinderLength)
                return false;
            count++;
        }

        return count > 0;
    }
}
