using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.Http3;

/// <summary>The settings and limits of HTTP/3 connections. Read once, when a connection begins.</summary>
public sealed class Http3ConnectionOptions
{
    /// <summary>
    /// The largest field section accepted, headers and trailers alike, in bytes as RFC 9114 §4.2.2 counts them: name, value and 32 for each
    /// field. 32 KiB by default; 1 KiB to 16 MiB. It is announced to the peer.
    /// </summary>
    public int MaxFieldSectionSize { get; set; } = 32 * 1024;

    /// <summary>
    /// Requests that a server serves at once on a connection; more are reset with H3_REQUEST_REJECTED. 1,000 by default; at least 1.
    /// </summary>
    public int MaxConcurrentRequests { get; set; } = 1_000;

    /// <summary>
    /// Requests that may wait to be accepted on a server; more are reset with H3_REQUEST_REJECTED. 256 by default; at least 1.
    /// </summary>
    public int MaxPendingRequests { get; set; } = 256;

    /// <summary>
    /// Interim responses (1xx) that a client takes before the final one; more are H3_EXCESSIVE_LOAD. 16 by default; at least 0.
    /// </summary>
    public int MaxInterimResponses { get; set; } = 16;

    /// <summary>
    /// How many things that are legal and useless a peer may send at once: frames that mean nothing, empty DATA frames, requests that it
    /// resets before their answer, and the like. More, beyond what <see cref="GlitchesPerSecond"/> gives back, close the connection with
    /// H3_EXCESSIVE_LOAD. 1,000 by default; at least 1. <see cref="Http3Connection.GlitchCount"/> counts them.
    /// </summary>
    public int MaxGlitches { get; set; } = 1_000;

    /// <summary>How much of <see cref="MaxGlitches"/> comes back each second. 33 by default; at least 0.</summary>
    public int GlitchesPerSecond { get; set; } = 33;

    /// <summary>
    /// How long a peer may take from opening a request stream to the end of its header section. 30 seconds by default;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever.
    /// </summary>
    public TimeSpan RequestHeadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether HTTP datagrams are taken, and so announced (SETTINGS_H3_DATAGRAM, RFC 9297 §2.1.1). True by default. It has no effect where
    /// <see cref="Peregrine.Quic.QuicConnectionOptions.EnableDatagrams"/> is false: nothing is announced then.
    /// </summary>
    public bool EnableDatagrams { get; set; } = true;

    /// <summary>
    /// Whether a server takes extended CONNECT, and so announces it (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC 9220 §3). True by default.
    /// </summary>
    public bool EnableExtendedConnect { get; set; } = true;

    /// <summary>
    /// Whether a setting that means nothing is announced, so that peers keep ignoring what they do not know (RFC 9114 §7.2.4.1). True by
    /// default.
    /// </summary>
    public bool SendGrease { get; set; } = true;

    /// <summary>What extends HTTP/3 on the connection.</summary>
    public Http3Extensions Extensions { get; set; } = new();

    /// <summary>Where the connection's log goes. Nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The clock of the timeouts. The system's by default.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        InRange(MaxFieldSectionSize, 1024, 16 * 1024 * 1024, nameof(MaxFieldSectionSize));
        InRange(MaxConcurrentRequests, 1, int.MaxValue, nameof(MaxConcurrentRequests));
        InRange(MaxPendingRequests, 1, int.MaxValue, nameof(MaxPendingRequests));
        InRange(MaxInterimResponses, 0, int.MaxValue, nameof(MaxInterimResponses));
        InRange(MaxGlitches, 1, int.MaxValue, nameof(MaxGlitches));
        InRange(GlitchesPerSecond, 0, int.MaxValue, nameof(GlitchesPerSecond));
        if (RequestHeadTimeout <= TimeSpan.Zero && RequestHeadTimeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(RequestHeadTimeout), RequestHeadTimeout, "RequestHeadTimeout must be positive, or Timeout.InfiniteTimeSpan.");
        }

        ArgumentNullException.ThrowIfNull(Extensions);
        ArgumentNullException.ThrowIfNull(LoggerFactory);
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }

    private static void InRange(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
    }
}
