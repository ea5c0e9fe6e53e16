using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Hears the fate of every frame that was given to <see cref="LossRecovery.OnPacketSent"/>: exactly one of the two calls for each, unless
/// its space is discarded first. Called from within the methods of <see cref="LossRecovery"/>, so it must not call back into those that
/// send,
/// acknowledge or discard.
/// </summary>
internal interface ISentFrameSink
{
    void OnFrameAcked(PacketNumberSpace space, in SentFrame frame, Instant now);

    /// <summary>
    /// The frame's packet was declared lost, or is resent as a probe while its own fate is open (RFC 9002 §6.2.4): send the information
    /// again
    /// if it still matters.
    /// </summary>
    void OnFrameLost(PacketNumberSpace space, in SentFrame frame, Instant now);
}
