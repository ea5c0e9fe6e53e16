namespace Peregrine.Wire;

/// <summary>Arithmetic of fields that follow their own varint length.</summary>
internal static class LengthPrefix
{
    /// <summary>
    /// The most bytes that fit into <paramref name="space"/> together with their length; negative when not even the length fits.
    /// </summary>
    public static int Room(int space)
    {
        var one = Math.Min(space - 1, (1 << 6) - 1);
        var two = Math.Min(space - 2, (1 << 14) - 1);
        var four = Math.Min(space - 4, (1 << 30) - 1);
        return Math.Max(one, Math.Max(two, four));
    }

    /// <summary>The bytes that a length of this value takes.</summary>
    public static int Of(int length) => VarInt.Length((ulong)length);
}
