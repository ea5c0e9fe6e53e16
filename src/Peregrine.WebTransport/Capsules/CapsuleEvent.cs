namespace Peregrine.WebTransport;

/// <summary>What <see cref="SessionCapsuleReader.Read"/> came upon.</summary>
internal enum CapsuleEvent
{
    /// <summary>All the bytes are taken in; more are needed before anything is known.</summary>
    NeedMore,

    /// <summary>WT_CLOSE_SESSION, with <see cref="SessionCapsuleReader.CloseCode"/> and <see cref="SessionCapsuleReader.CloseReason"/>.</summary>
    Close,

    /// <summary>WT_DRAIN_SESSION.</summary>
    Drain,

    /// <summary>The stream breaks the rules, as <see cref="SessionCapsuleReader.Fault"/> says: reset it with H3_MESSAGE_ERROR.</summary>
    Malformed,
}
