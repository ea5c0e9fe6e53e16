using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Our limits for datagrams (RFC 9221). Sizes are bytes. <see cref="Validate"/> before use.</summary>
internal sealed record DatagramSettings
{
    public static DatagramSettings Default { get; } = new();

    /// <summary>
    /// max_datagram_frame_size, which we announce: the longest DATAGRAM frame we take, header included. 0 refuses datagrams.
    /// </summary>
    public ulong MaxFrameSize { get; init; } = 65_535;

    /// <summary>Datagrams that wait for the application; one more drops the oldest.</summary>
    public int MaxReceiveCount { get; init; } = 256;

    public int MaxReceiveBytes { get; init; } = 512 * 1024;

    /// <summary>Datagrams that wait to be sent; one more is refused.</summary>
    public int MaxSendCount { get; init; } = 64;

    public int MaxSendBytes { get; init; } = 512 * 1024;

    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        if (MaxFrameSize > VarInt.MaxValue)
            throw new ArgumentException($"{nameof(MaxFrameSize)} is {MaxFrameSize} but may be at most 2^62-1.", nameof(MaxFrameSize));
        Positive(MaxReceiveCount, nameof(MaxReceiveCount));
        Positive(MaxReceiveBytes, nameof(MaxReceiveBytes));
        Positive(MaxSendCount, nameof(MaxSendCount));
        Positive(MaxSendBytes, nameof(MaxSendBytes));
    }

    private static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"{name} is {value} but must be at least 1.", name);
    }
}
