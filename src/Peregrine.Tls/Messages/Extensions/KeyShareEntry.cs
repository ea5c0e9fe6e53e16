using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>One share of key_share (RFC 8446 §4.2.8). The group may be one we have no name for.</summary>
internal readonly record struct KeyShareEntry(NamedGroup Group, ReadOnlyMemory<byte> KeyExchange)
{
    // struct {
    //     NamedGroup group;
    //     opaque key_exchange<1..2^16-1>;
    // } KeyShareEntry;

    public static void Write(MessageWriter writer, NamedGroup group, ReadOnlySpan<byte> keyExchange)
    {
        writer.UInt16((ushort)group);
        writer.Vector16(keyExchange);
    }

    public static bool TryRead(scoped ref SpanReader reader, out NamedGroup group, out ReadOnlySpan<byte> keyExchange)
    {
        var start = reader;
        keyExchange = default;
        if (reader.TryReadUInt16(out var number) && reader.TryReadVector16(out keyExchange) && !keyExchange.IsEmpty)
        {
            group = (NamedGroup)number;
            return true;
        }

        reader = start;
        group = default;
        return false;
    }

    /// <summary>
    /// Reads the client's list and checks it against the groups it supports. Shares of groups we do not know are checked, counted and left
    /// out.
    /// </summary>
    public static PeerMisbehavior? ReadClientShares(
        ReadOnlySpan<byte> data, CodePointSet offeredGroups, out List<KeyShareEntry> shares, out int count)
    {
        shares = [];
        count = 0;
        var reader = new SpanReader(data);
        if (!reader.TryReadVector16(out var list) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedKeyShare;

        Span<ulong> scratch = stackalloc ulong[CodePointSet.Words];
        scratch.Clear();
        var seen = new CodePointSet(scratch);
        var entries = new SpanReader(list);
        while (!entries.IsAtEnd)
        {
            if (!TryRead(ref entries, out var group, out var keyExchange))
                return PeerMisbehavior.MalformedKeyShare;
            if (!offeredGroups.Contains((ushort)group))
                return PeerMisbehavior.KeyShareForGroupNotOffered;
            if (!seen.Add((ushort)group))
                return PeerMisbehavior.DuplicateKeyShare;
            count++;
            if (NamedGroups.IsKnown((ushort)group))
                shares.Add(new KeyShareEntry(group, keyExchange.ToArray()));
        }

        return null;
    }
}
