using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.WebTransport;

/// <summary>What clients and listeners have in common. Read once, when connecting or when listening begins.</summary>
public abstract class WebTransportOptions
{
    private protected WebTransportOptions()
    {
    }

    /// <summary>
    /// Bidirectional streams of WebTransport the peer may have open at once on a connection (RFC 9000 §4.6). By default 1,000 of a
    /// listener and 100 of a client; 0 to 60,000.
    /// </summary>
    public int MaxInboundBidirectionalStreams { get; set; } = 100;

    /// <summary>
    /// Unidirectional streams of WebTransport the peer may have open at once on a connection (RFC 9000 §4.6). By default 1,000 of a
    /// listener and 100 of a client; 0 to 60,000.
    /// </summary>
    public int MaxInboundUnidirectionalStreams { get; set; } = 100;

    /// <summary>
    /// What the peer may send on each new stream before the application reads, in bytes. It grows by itself up to
    /// <see cref="MaxStreamReceiveWindow"/> when the application keeps up. 256 KiB by default; 1 to 2^30.
    /// </summary>
    public int StreamReceiveWindow { get; set; } = 256 * 1024;

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

    /// <summary>
    /// How long nothing may be heard of the peer before the connection ends (RFC 9000 §10.1). 30 seconds by default;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit on this side.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a connection may be quiet before this side sends something that the peer acknowledges, so that neither side nor a NAT in
    /// between gives it up (RFC 9000 §10.1.2, RFC 9308 §3.2). Null, the default: a client after a third of <see cref="IdleTimeout"/>, at
    /// most 10 seconds; a listener after two thirds of it, at most 20 seconds, so that clients that keep alive spare it the work. Each
    /// costs one small packet each way (some 70 bytes with UDP and IP), and wakes the radio of a phone.
    /// <see cref="Timeout.InfiniteTimeSpan"/> is never: a quiet session then ends with the shorter idle timeout of both sides. Otherwise
    /// more than zero, and less than <see cref="IdleTimeout"/>.
    /// </summary>
    public TimeSpan? KeepAliveInterval { get; set; }

    /// <summary>How long connecting may take, handshake and SETTINGS. 10 seconds by default.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a closing session waits for the peer to take the code and the reason before its stream is reset. 2 seconds by default.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Received datagrams that wait for the application, in a session, and ahead of it in its connection; when there are more, the oldest
    /// is
    /// dropped and counted in <see cref="WebTransportStatistics.DatagramsReceiveDropped"/>. 256 by default; 1 to 65,536.
    /// </summary>
    public int DatagramReceiveQueueLength { get; set; } = 256;

    /// <summary>The bytes those datagrams may take together. 512 KiB by default; 2 KiB to 64 MiB.</summary>
    public int DatagramReceiveQueueBytes { get; set; } = 512 * 1024;

    /// <summary>The congestion controller (RFC 9002 §7). <see cref="WebTransportCongestionControl.Cubic"/> by default.</summary>
    public WebTransportCongestionControl CongestionControl { get; set; } = WebTransportCongestionControl.Cubic;

    /// <summary>
    /// Called with the TLS secrets of connections, one line of the NSS key log format each, for decrypting captured packets while
    /// debugging. Whoever has the lines can read the connections. Null, the default, logs none.
    /// </summary>
    public Action<string>? KeyLog { get; set; }

    /// <summary>Where the log goes. Nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The clock. The system's by default.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How the UDP socket is set up.</summary>
    public WebTransportSocketOptions Socket { get; set; } = new();

    /// <summary>After how long a silence this side keeps the connection alive.</summary>
    internal abstract TimeSpan EffectiveKeepAliveInterval { get; }

    internal virtual void Validate()
    {
        InRange(MaxInboundBidirectionalStreams, 0, 60_000, nameof(MaxInboundBidirectionalStreams));
        InRange(MaxInboundUnidirectionalStreams, 0, 60_000, nameof(MaxInboundUnidirectionalStreams));
        InRange(StreamReceiveWindow, 1, 1 << 30, nameof(StreamReceiveWindow));
        InRange(MaxStreamReceiveWindow, 1, 1 << 30, nameof(MaxStreamReceiveWindow));
        InRange(MaxConnectionReceiveWindow, 1, 1 << 30, nameof(MaxConnectionReceiveWindow));
        InRange(MaxUnreadCredit, 0, 1 << 30, nameof(MaxUnreadCredit));
        InRange(MaxStreamSendBuffer, 4096, 1 << 30, nameof(MaxStreamSendBuffer));
        InRange(MaxConnectionSendBuffer, 4096, 1 << 30, nameof(MaxConnectionSendBuffer));
        InRange(DatagramReceiveQueueLength, 1, 65_536, nameof(DatagramReceiveQueueLength));
        InRange(DatagramReceiveQueueBytes, 2048, 64 * 1024 * 1024, nameof(DatagramReceiveQueueBytes));
        PositiveOrInfinite(IdleTimeout, nameof(IdleTimeout));
        if (KeepAliveInterval is { } interval)
            PositiveOrInfinite(interval, nameof(KeepAliveInterval));
        PositiveOrInfinite(HandshakeTimeout, nameof(HandshakeTimeout));
        if (CloseTimeout <= TimeSpan.Zero || CloseTimeout > TimeSpan.FromMinutes(1))
            throw new ArgumentOutOfRangeException(nameof(CloseTimeout), CloseTimeout,
                "CloseTimeout must be positive and at most a minute, since it bounds how long closing may take.");
        if (IdleTimeout != Timeout.InfiniteTimeSpan && KeepAliveInterval >= IdleTimeout)
        {
            throw new ArgumentException(
                "KeepAliveInterval must be less than IdleTimeout, or Timeout.InfiniteTimeSpan for never; null chooses a fitting one.",
                nameof(KeepAliveInterval));
        }

        if (!Enum.IsDefined(CongestionControl))
        {
            throw new ArgumentOutOfRangeException(
                nameof(CongestionControl), CongestionControl, "CongestionControl must be one of the enumeration's values.");
        }

        NotNull(LoggerFactory, nameof(LoggerFactory));
        NotNull(TimeProvider, nameof(TimeProvider));
        NotNull(Socket, nameof(Socket));
        Socket.Validate();
    }

    /// <summary>The interval that counts: the one that was set, or else this share of the idle timeout.</summary>
    private protected TimeSpan KeepAliveOr(double shareOfIdleTimeout, TimeSpan atMost)
    {
        if (KeepAliveInterval is { } set)
            return set;
        return IdleTimeout == Timeout.InfiniteTimeSpan || IdleTimeout * shareOfIdleTimeout > atMost ? atMost : IdleTimeout * shareOfIdleTimeout;
    }

    private protected static void InRange(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
    }

    private protected static void NotNull(object? value, string name)
    {
        if (value is null)
            throw new ArgumentException($"{name} is null; leave it at its default or set one.", name);
    }

    private static void PositiveOrInfinite(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero && value != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive, or Timeout.InfiniteTimeSpan.");
    }
}
