namespace Peregrine.Quic.Core;

/// <summary>The states of a sending half (RFC 9000 §3.1).</summary>
internal enum SendState : byte
{
    /// <summary>Nothing was sent yet.</summary>
    Ready,

    Send,

    /// <summary>The FIN was sent, or a RESET_STREAM_AT with a reliable size above zero; not everything is acknowledged.</summary>
    DataSent,

    /// <summary>Reset; the reset is not acknowledged yet.</summary>
    ResetSent,

    /// <summary>Terminal: everything up to the end, or up to the reliable size, is acknowledged.</summary>
    DataReceived,

    /// <summary>Terminal: the reset is acknowledged.</summary>
    ResetReceived,
}
