namespace Peregrine.Quic.Core.Tests;

/// <summary>
/// One frame in parts: integers (varints, the first of them the type) and raw bytes; and which values of the integers after the type
/// make a frame that is valid to its last byte.
/// </summary>
internal sealed record FrameCase(string Name, Func<ulong[], bool> IsValid, params object[] Parts)
{
    public const ulong Max = 4611686018427387903;

    public static readonly ulong[] Boundaries = [0, Max, 1UL << 60, (1UL << 60) + 1];

    private static readonly byte[] Three = [1, 2, 3];
    private static readonly byte[] Eight = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] Sixteen = [.. Eight, .. Eight];

    public ulong Type => (ulong)Parts[0];

    public byte[] Bytes => FrameBytes.Of(Parts);

    public static FrameCase[] All { get; } =
    [
        new("PADDING", _ => true, 0x00UL),
        new("PING", _ => true, 0x01UL),
        new("ACK", f => f[2] == 1 && AckIsValid(f[0], f[3], f[4], f[5]), 0x02UL, 100UL, 7UL, 1UL, 10UL, 5UL, 3UL),
        new("ACK of one range", f => f[2] == 0 && f[3] <= f[0], 0x02UL, Max, 7UL, 0UL, 10UL),
        new("ACK with ECN", f => f[2] == 1 && AckIsValid(f[0], f[3], f[4], f[5]), 0x03UL, 100UL, 7UL, 1UL, 10UL, 5UL, 3UL, 1UL, 2UL, 3UL),
        new("RESET_STREAM", _ => true, 0x04UL, 4UL, 5UL, 6UL),
        new("STOP_SENDING", _ => true, 0x05UL, 4UL, 5UL),
        new("CRYPTO", f => f[0] <= Max - 3 && f[1] == 3, 0x06UL, 9UL, 3UL, Three),
        new("NEW_TOKEN", f => f[0] == 3, 0x07UL, 3UL, Three),
        new("STREAM", _ => true, 0x08UL, 4UL, Three),
        new("STREAM fin", _ => true, 0x09UL, 4UL, Three),
        new("STREAM len", f => f[1] == 3, 0x0aUL, 4UL, 3UL, Three),
        new("STREAM len fin", f => f[1] == 3, 0x0bUL, 4UL, 3UL, Three),
        new("STREAM off", f => f[1] <= Max - 3, 0x0cUL, 4UL, 1000UL, Three),
        new("STREAM off fin", f => f[1] <= Max - 3, 0x0dUL, 4UL, 1000UL, Three),
        new("STREAM off len", f => f[1] <= Max - 3 && f[2] == 3, 0x0eUL, 4UL, 1000UL, 3UL, Three),
        new("STREAM off len fin", f => f[1] <= Max - 3 && f[2] == 3, 0x0fUL, 4UL, 1000UL, 3UL, Three),
        new("STREAM empty at the end of all", f => f[2] == 0, 0x0fUL, 4UL, Max, 0UL),
        new("MAX_DATA", _ => true, 0x10UL, 70UL),
        new("MAX_STREAM_DATA", _ => true, 0x11UL, 70UL, 20000UL),
        new("MAX_STREAMS bidi", f => f[0] <= 1UL << 60, 0x12UL, 70UL),
        new("MAX_STREAMS uni", f => f[0] <= 1UL << 60, 0x13UL, 70UL),
        new("DATA_BLOCKED", _ => true, 0x14UL, 70UL),
        new("STREAM_DATA_BLOCKED", _ => true, 0x15UL, 70UL, 20000UL),
        new("STREAMS_BLOCKED bidi", f => f[0] <= 1UL << 60, 0x16UL, 70UL),
        new("STREAMS_BLOCKED uni", f => f[0] <= 1UL << 60, 0x17UL, 70UL),
        new("NEW_CONNECTION_ID", f => f[1] <= f[0], 0x18UL, 5UL, 3UL, new byte[] { 8 }, Eight, Sixteen),
        new("RETIRE_CONNECTION_ID", _ => true, 0x19UL, 5UL),
        new("PATH_CHALLENGE", _ => true, 0x1aUL, Eight),
        new("PATH_RESPONSE", _ => true, 0x1bUL, Eight),
        new("CONNECTION_CLOSE", f => f[2] == 3, 0x1cUL, 10UL, 6UL, 3UL, "bye"u8.ToArray()),
        new("CONNECTION_CLOSE app", f => f[1] == 3, 0x1dUL, 10UL, 3UL, "bye"u8.ToArray()),
        new("HANDSHAKE_DONE", _ => true, 0x1eUL),
        new("RESET_STREAM_AT", f => f[3] <= f[2], 0x24UL, 4UL, 5UL, 600UL, 599UL),
        new("DATAGRAM", _ => true, 0x30UL, Three),
        new("DATAGRAM len", f => f[0] == 3, 0x31UL, 3UL, Three),
    ];

    public static TheoryData<string> Names => [.. All.Select(c => c.Name)];

    public static FrameCase Named(string name) => All.Single(c => string.Equals(c.Name, name, StringComparison.Ordinal));

    /// <summary>The parts with integer number <paramref name="field"/> after the type replaced.</summary>
    public FrameCase With(int field, ulong value)
    {
        var parts = (object[])Parts.Clone();
        parts[IntegerFields().ElementAt(field)] = value;
        return this with { Parts = parts };
    }

    public int FieldCount => IntegerFields().Count();

    public ulong[] Fields => [.. IntegerFields().Select(i => (ulong)Parts[i])];

    /// <summary>No length says where the frame ends: it takes the rest of the packet.</summary>
    public bool TakesTheRest => Type is 0x08 or 0x09 or 0x0c or 0x0d or 0x30;

    private IEnumerable<int> IntegerFields() => Enumerable.Range(1, Parts.Length - 1).Where(i => Parts[i] is ulong);

    private static bool AckIsValid(ulong largest, ulong first, ulong gap, ulong length) =>
        first <= largest && gap + 2 <= largest - first && length <= largest - first - gap - 2;
}
