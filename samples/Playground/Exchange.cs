namespace Playground;

/// <summary>
/// What the two sides of the playground say to each other; the page's script speaks the same.
/// A client's bidirectional stream begins with one byte that says what it is. Integers are little-endian.
/// A client's unidirectional stream comes back, byte for byte, on one that the server opens. A datagram comes back as it is.
/// </summary>
internal static class Exchange
{
    /// <summary>Every byte after this one comes back, until the end.</summary>
    public const byte Echo = (byte)'E';

    /// <summary>The server reads to the end, and answers how many bytes followed this one (64 bits).</summary>
    public const byte Upload = (byte)'U';

    /// <summary>Followed by a number (64 bits): the server sends so many bytes.</summary>
    public const byte Download = (byte)'D';

    /// <summary>Followed by milliseconds (32 bits): the server sends for so long, then how many bytes that were (64 bits).</summary>
    public const byte TimedDownload = (byte)'T';

    /// <summary>The server opens a bidirectional stream, greets on it with a line, and sends back what it hears there.</summary>
    public const byte Open = (byte)'O';

    /// <summary>Followed by a code (32 bits) and a reason (UTF-8, to the end): the server closes the session with them.</summary>
    public const byte Close = (byte)'C';

    /// <summary>The paths of the server's sessions: the page's, and that of our own client. Both are served alike.</summary>
    public static readonly string[] Paths = ["/playground", "/echo"];

    /// <summary>What the server says when it is stopped.</summary>
    public const string Farewell = "the playground was stopped";

    /// <summary>What transfers are made of: bytes that compress badly and repeat only after a block.</summary>
    public static readonly ReadOnlyMemory<byte> Block = MakeBlock(65536);

    private static byte[] MakeBlock(int length)
    {
        var block = new byte[length];
        new Random(20).NextBytes(block);
        return block;
    }
}
