namespace Peregrine.Bench;

/// <summary>The first byte of each bidirectional stream, which says what the client wants of it.</summary>
internal static class StreamKind
{
    /// <summary>
    /// The server reads to the end and answers how many bytes followed this one: an unsigned 64-bit integer, little-endian.
    /// </summary>
    public const byte Upload = (byte)'U';

    /// <summary>The client adds an unsigned 64-bit integer, little-endian; the server sends as many bytes.</summary>
    public const byte Download = (byte)'D';

    /// <summary>The server sends back what comes, until the end.</summary>
    public const byte Echo = (byte)'E';

    /// <summary>The server answers two such integers: datagrams and datagram bytes it received in this session.</summary>
    public const byte Statistics = (byte)'S';
}
