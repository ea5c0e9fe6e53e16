namespace Peregrine.Quic.Core;

/// <summary>The states of a receiving half (RFC 9000 §3.2).</summary>
internal enum ReceiveState : byte
{
    Receive,

    /// <summary>The final size is known; bytes are missing.</summary>
    SizeKnown,

    /// <summary>Every byte arrived; some are not read.</summary>
    DataReceived,

    /// <summary>Terminal: everything was read.</summary>
    DataRead,

    /// <summary>Reset, and nothing is left to read before it.</summary>
    ResetReceived,

    /// <summary>Terminal: the reader has seen the reset.</summary>
    ResetRead,
}
