namespace Peregrine.WebTransport;

/// <summary>Which halves of a stream <see cref="WebTransportStream.Abort"/> ends.</summary>
[Flags]
public enum WebTransportAbortDirection
{
    /// <summary>The receiving half: the peer is told to stop sending (STOP_SENDING, RFC 9000 §3.5).</summary>
    Read = 1,

    /// <summary>The sending half: it is reset (RESET_STREAM, RFC 9000 §3.1).</summary>
    Write = 2,

    /// <summary>Both halves.</summary>
    Both = Read | Write,
}
