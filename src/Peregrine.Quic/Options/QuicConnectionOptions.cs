namespace Peregrine.Quic;

/// <summary>What client and server connections have in common. Read once, when the connection begins.</summary>
public abstract class QuicConnectionOptions
{
    private const long LargestErrorCode = (1L << 62) - 1;

    private protected QuicConnectionOptions()
    {
    }

    /// <summary>Bidirectional streams the peer may have open at once (RFC 9000 §4.6). 100 by default; 0 to 65,535.</summary>
    public int MaxInboundBidirectionalStreams { get; set; } = 100;

    /// <summary>Unidirectional streams the peer may have open at once (RFC 9000 §4.6). 100 by default; 0 to 65,535.</summary>
    public int MaxInboundUnidirectionalStreams { get; set; } = 100;

    /// <summary>
    /// How long nothing may be heard of the peer before the connection ends; the peer's own limit counts if it is less
    /// (RFC 9000 §10.1). 30 seconds by default; <see cref="Timeout.InfiniteTimeSpan"/> for no limit on this side.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a connection may take to be made, all together: on a client from the call of <see cref="QuicConnection.ConnectAsync"/>,
    /// with
    /// name resolution and every address tried; on a server from the client's first packet. 10 seconds by default;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often a quiet connection sends a PING so that it does not idle out (RFC 9000 §10.1.2).
    /// <see cref="Timeout.InfiniteTimeSpan"/>, the default, is never.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// The error code for streams that are disposed or cancelled before their end. The application protocol gives it a meaning, so it
    /// must be set: 0 to 2^62-1.
    /// </summary>
    public long DefaultStreamErrorCode { get; set; } = -1;

    /// <summary>The error code for connections that are disposed without a close. Must be set: 0 to 2^62-1.</summary>
    public long DefaultCloseErrorCode { get; set; } = -1;

    /// <summary>How much the peer may send before the application reads, to begin with.</summary>
    public QuicReceiveWindowSizes InitialReceiveWindowSizes { get; set; } = new();

    /// <summary>
    /// How far the window of one stream may grow, in bytes (RFC 9000 §4.1): what the peer may send on it that the application has not
    /// read, and
    /// how long a message may be that a pipe's reader wants whole. 6 MiB by default; 1 to 2^30.
    /// </summary>
    public int MaxStreamReceiveWindow { get; set; } = 6 * 1024 * 1024;

    /// <summary>The same for all streams of a connection together. 15 MiB by default; 1 to 2^30.</summary>
    public int MaxConnectionReceiveWindow { get; set; } = 15 * 1024 * 1024;

    /// <summary>
    /// What streams that nobody has begun to read may hold together, in bytes, each no more than its first window, without taking from the
    /// connection's window: so that streams that nobody accepts do not starve those that are read. It is also memory that a peer can make
    /// this side hold. 32 MiB by default; 0 to 2^30.
    /// </summary>
    public int MaxUnreadCredit { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// What one stream may buffer for sending, in bytes. It begins with 64 KiB and follows twice the congestion window up to this. 8 MiB by
    /// default; 4 KiB to 2^30.
    /// </summary>
    public int MaxStreamSendBuffer { get; set; } = 8 * 1024 * 1024;

    /// <summary>The same for all streams of a connection together. 16 MiB by default; 4 KiB to 2^30.</summary>
    public int MaxConnectionSendBuffer { get; set; } = 16 * 1024 * 1024;

    /// <summary>Whether the peer may send datagrams (RFC 9221 §3). True by default.</summary>
    public bool EnableDatagrams { get; set; } = true;

    /// <summary>
    /// How many received datagrams wait for the application. When one more comes, the oldest is dropped and counted in
    /// <see cref="QuicConnectionStatistics.DatagramsReceiveDropped"/>. 256 by default; 1 to 65,536.
    /// </summary>
    public int DatagramReceiveQueueLength { get; set; } = 256;

    /// <summary>
    /// The bytes that those datagrams may take together; the oldest make room and are counted alike. 512 KiB by default; 2 KiB to 64 MiB.
    /// </summary>
    public int DatagramReceiveQueueBytes { get; set; } = 512 * 1024;

    /// <summary>
    /// How many datagrams wait for the network before sending says <see cref="DatagramSendResult.Full"/>. 64 by default; 1 to 65,536.
    /// </summary>
    public int DatagramSendQueueLength { get; set; } = 64;

    /// <summary>The congestion controller. <see cref="QuicCongestionControl.Cubic"/> by default.</summary>
    public QuicCongestionControl CongestionControl { get; set; } = QuicCongestionControl.Cubic;

    /// <summary>Called on the thread pool when the peer lets this side open more streams. What it throws closes the connection.</summary>
    public Action<QuicConnection, QuicStreamCapacityChangedArgs>? StreamCapacityCallback { get; set; }

    /// <summary>
    /// Called with the connection's TLS secrets, one line of the NSS key log format each, on the thread pool and in order: for decrypting
    /// captured packets while debugging. Whoever has the lines can read the connection.
    /// </summary>
    public Action<string>? KeyLog { get; set; }

    /// <summary>
    /// Checks the options as connecting and accepting do. Call it where the options of connections to come are made, so that what is wrong
    /// shows there and not with the first of them.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of its range or cannot be honoured; the message says how to mend
    /// it.</exception>
    public virtual void Validate()
    {
        InRange(MaxInboundBidirectionalStreams, 0, ushort.MaxValue, nameof(MaxInboundBidirectionalStreams));
        InRange(MaxInboundUnidirectionalStreams, 0, ushort.MaxValue, nameof(MaxInboundUnidirectionalStreams));
        InRange(MaxStreamReceiveWindow, 1, 1 << 30, nameof(MaxStreamReceiveWindow));
        InRange(MaxConnectionReceiveWindow, 1, 1 << 30, nameof(MaxConnectionReceiveWindow));
        InRange(MaxUnreadCredit, 0, 1 << 30, nameof(MaxUnreadCredit));
        InRange(MaxStreamSendBuffer, 4096, 1 << 30, nameof(MaxStreamSendBuffer));
        InRange(MaxConnectionSendBuffer, 4096, 1 << 30, nameof(MaxConnectionSendBuffer));
        InRange(DatagramReceiveQueueLength, 1, 65_536, nameof(DatagramReceiveQueueLength));
        InRange(DatagramReceiveQueueBytes, 2 * 1024, 64 * 1024 * 1024, nameof(DatagramReceiveQueueBytes));
        InRange(DatagramSendQueueLength, 1, 65_536, nameof(DatagramSendQueueLength));
        PositiveOrInfinite(IdleTimeout, nameof(IdleTimeout));
        PositiveOrInfinite(HandshakeTimeout, nameof(HandshakeTimeout));
        PositiveOrInfinite(KeepAliveInterval, nameof(KeepAliveInterval));
        ErrorCode(DefaultStreamErrorCode, nameof(DefaultStreamErrorCode));
        ErrorCode(DefaultCloseErrorCode, nameof(DefaultCloseErrorCode));
        if (!Enum.IsDefined(CongestionControl))
        {
            throw new ArgumentOutOfRangeException(
                nameof(CongestionControl), CongestionControl, "CongestionControl must be Cubic or NewReno.");
        }

        if (InitialReceiveWindowSizes is null)
        {
            throw new ArgumentException(
                "InitialReceiveWindowSizes is null; leave it alone, or set a QuicReceiveWindowSizes.", nameof(InitialReceiveWindowSizes));
        }

        InitialReceiveWindowSizes.Validate();
    }

    internal static void CheckErrorCode(long code, string name)
    {
        if (code is < 0 or > LargestErrorCode)
            throw new ArgumentOutOfRangeException(name, code, "An error code must be from 0 to 2^62-1 (RFC 9000 §20.2).");
    }

    private static void InRange(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
    }

    private static void PositiveOrInfinite(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero && value != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive, or Timeout.InfiniteTimeSpan.");
    }

    private static void ErrorCode(long value, string name)
    {
        if (value is < 0 or > LargestErrorCode)
            throw new ArgumentOutOfRangeException(name, value, $"Set {name} to a code of your application protocol, from 0 to 2^62-1.");
    }
}
