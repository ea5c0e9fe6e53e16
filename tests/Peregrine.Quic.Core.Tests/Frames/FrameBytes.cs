namespace Peregrine.Quic.Core.Tests;

/// <summary>An encoder of frames that shares no code with the one under test: an oracle.</summary>
internal static class FrameBytes
{
    /// <summary>Each part is an integer, written as a varint, or bytes, written as they are.</summary>
    public static byte[] Of(params IEnumerable<object> parts)
    {
        var bytes = new List<byte>();
        foreach (var part in parts)
        {
            if (part is byte[] raw)
                bytes.AddRange(raw);
            else
                bytes.AddRange(VarInt(Convert.ToUInt64(part, null)));
        }

        return [.. bytes];
    }

    public static byte[] VarInt(ulong value) => value switch
    {
        < 64 => VarInt(value, 1),
        < 16384 => VarInt(value, 2),
        < 1073741824 => VarInt(value, 4),
        _ => VarInt(value, 8),
    };

    /// <summary>RFC 9000 §16, by division.</summary>
    public static byte[] VarInt(ulong value, int length)
    {
        var bytes = new byte[length];
        for (var i = length - 1; i >= 0; i--)
        {
            bytes[i] = (byte)(value % 256);
            value /= 256;
        }

        bytes[0] += length switch { 1 => 0, 2 => 64, 4 => 128, _ => 192 };
        return bytes;
    }
}
