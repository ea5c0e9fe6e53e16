namespace Peregrine.Simulation;

/// <summary>Stream contents that any byte of can be checked: they follow from stream ID, direction and offset alone.</summary>
internal static class Pattern
{
    public static void Fill(Span<byte> destination, ulong streamId, bool fromServer, long offset)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = ByteAt(streamId, fromServer, offset + i);
    }

    public static int FirstDifference(ReadOnlySpan<byte> bytes, ulong streamId, bool fromServer, long offset)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != ByteAt(streamId, fromServer, offset + i))
                return i;
        }

        return -1;
    }

    private static byte ByteAt(ulong streamId, bool fromServer, long offset)
    {
        unchecked
        {
            var x = ((ulong)offset * 0x9e3779b97f4a7c15) ^ ((streamId + 1) * 0xd6e8feb86659fd93) ^ (fromServer ? 0x55UL : 0);
            return (byte)(x >> 32);
        }
    }
}
