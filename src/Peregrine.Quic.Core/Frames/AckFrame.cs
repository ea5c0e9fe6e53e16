using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Which packets of one space arrived (RFC 9000 §19.3). The ranges are borrowed from the packet.</summary>
internal readonly ref struct AckFrame
{
    //   ACK Frame {
    //     Type (i) = 0x02..0x03,    0x03 with ECN counts
    //     Largest Acknowledged (i),
    //     ACK Delay (i),
    //     ACK Range Count (i),
    //     First ACK Range (i),
    //     ACK Range (..) ...,       Gap (i), ACK Range Length (i)
    //     [ECN Counts (..)],        ECT0 (i), ECT1 (i), ECN-CE (i)
    //   }

    private AckFrame(ulong largestAcknowledged, ulong delay, AckRanges ranges, EcnCounts? ecn)
    {
        LargestAcknowledged = largestAcknowledged;
        Delay = delay;
        Ranges = ranges;
        Ecn = ecn;
    }

    public ulong LargestAcknowledged { get; }

    /// <summary>As on the wire: microseconds divided by 2^ack_delay_exponent of whoever sent the frame.</summary>
    public ulong Delay { get; }

    public AckRanges Ranges { get; }

    public EcnCounts? Ecn { get; }

    /// <summary>Reads what follows the type and checks every range; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out AckFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var largest) &&
            reader.TryReadVarInt(out var delay) &&
            reader.TryReadVarInt(out var count) &&
            reader.TryReadVarInt(out var firstRange) &&
            firstRange <= largest))
            return false;

        // A range takes two bytes at least, so a count beyond that is a lie, found without walking.
        if (count > (ulong)reader.Remaining / 2)
            return false;

        var rest = reader.Rest;
        var start = reader.Position;
        var smallest = largest - firstRange;
        for (var i = 0; i < (int)count; i++)
        {
            if (!AckRanges.TryReadNext(ref reader, smallest, out var range))
                return false;
            smallest = range.Smallest;
        }

        var ranges = new AckRanges(largest, firstRange, (int)count, rest[..(reader.Position - start)]);
        EcnCounts? ecn = null;
        if (type == FrameType.AckEcn)
        {
            if (!(reader.TryReadVarInt(out var ect0) && reader.TryReadVarInt(out var ect1) && reader.TryReadVarInt(out var ce)))
                return false;
            ecn = new EcnCounts(ect0, ect1, ce);
        }

        frame = new AckFrame(largest, delay, ranges, ecn);
        return true;
    }

    /// <summary>
    /// Writes an ACK of <paramref name="received"/> (lowest range first, as <see cref="RangeSet.Ranges"/> has them, not empty), leaving out
    /// the lowest ranges that do not fit the writer; false, with nothing written, when not even the highest fits.
    /// </summary>
    public static bool TryWrite(ref SpanWriter writer, ReadOnlySpan<Range64> received, ulong delay, EcnCounts? ecn)
    {
        var top = received[^1];
        var largest = top.End - 1;
        var room = writer.Remaining - FixedLength(largest, delay, top.Length - 1, ecn);
        var count = CountFitting(received, room);
        if (count < 0)
            return false;

        writer.WriteByte((byte)(ecn is null ? FrameType.Ack : FrameType.AckEcn));
        writer.WriteVarInt(largest);
        writer.WriteVarInt(delay);
        writer.WriteVarInt((ulong)count);
        writer.WriteVarInt(top.Length - 1);
        for (var i = received.Length - 2; i >= received.Length - 1 - count; i--)
        {
            writer.WriteVarInt(Gap(received, i));
            writer.WriteVarInt(received[i].Length - 1);
        }

        if (ecn is { } counts)
        {
            writer.WriteVarInt(counts.Ect0);
            writer.WriteVarInt(counts.Ect1);
            writer.WriteVarInt(counts.Ce);
        }

        return true;
    }

    /// <summary>All but the range count and the ranges after the first.</summary>
    private static int FixedLength(ulong largest, ulong delay, ulong firstRange, EcnCounts? ecn)
    {
        var length = 1 + VarInt.Length(largest) + VarInt.Length(delay) + VarInt.Length(firstRange);
        return ecn is { } c ? length + VarInt.Length(c.Ect0) + VarInt.Length(c.Ect1) + VarInt.Length(c.Ce) : length;
    }

    /// <summary>
    /// How many ranges after the first fit into <paramref name="room"/> along with their count; -1 when not even a count of 0 does.
    /// </summary>
    private static int CountFitting(ReadOnlySpan<Range64> received, int room)
    {
        var used = 0;
        var count = 0;
        for (var i = received.Length - 2; i >= 0; i--)
        {
            used += VarInt.Length(Gap(received, i)) + VarInt.Length(received[i].Length - 1);
            if (used + VarInt.Length((ulong)count + 1) > room)
                break;
            count++;
        }

        return room < 1 ? -1 : count;
    }

    /// <summary>The Gap field between the range at <paramref name="index"/> and the one above: unacknowledged packets, less one.</summary>
    private static ulong Gap(ReadOnlySpan<Range64> received, int index) => received[index + 1].Start - received[index].End - 1;
}
