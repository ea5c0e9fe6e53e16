using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The payload of one packet while components write frames into it, and the notes of what they wrote. Passed by reference through
/// every <c>WriteFrames</c>; its room ends before the AEAD tag. A component writes whole frames only, and calls <see cref="Remember"/> or
/// <see cref="MarkAckEliciting"/> once for each.
/// </summary>
internal ref struct PacketBuilder
{
    /// <summary>The most frames remembered of one packet; beyond it a component writes no more.</summary>
    public const int MaxFrames = 64;

    private readonly Span<SentFrame> _frames;
    private int _frameCount;

    public PacketBuilder(Span<byte> payload, Span<SentFrame> frames)
    {
        Writer = new SpanWriter(payload);
        _frames = frames;
    }

    public SpanWriter Writer;

    /// <summary>Bytes that are still free.</summary>
    public readonly int Remaining => Writer.Remaining;

    public readonly bool CanRemember => _frameCount < _frames.Length;

    /// <summary>Room for a frame of a type and one varint, however large.</summary>
    public readonly bool HasRoomForLimit => CanRemember && Remaining >= 1 + VarInt.MaxLength;

    /// <summary>True once any frame but ACK, PADDING and CONNECTION_CLOSE was written (RFC 9002 §2).</summary>
    public bool IsAckEliciting { get; private set; }

    public readonly bool IsEmpty => Writer.Position == 0;

    public readonly ReadOnlySpan<SentFrame> Frames => _frames[.._frameCount];

    /// <summary>Notes an ack-eliciting frame (or an ACK) that was just written.</summary>
    public void Remember(in SentFrame frame)
    {
        Debug.Assert(CanRemember);
        _frames[_frameCount++] = frame;
        if (frame.Kind != SentFrameKind.Ack)
            IsAckEliciting = true;
    }

    /// <summary>Notes an ack-eliciting frame whose fate nobody asks for.</summary>
    public void MarkAckEliciting() => IsAckEliciting = true;
}
