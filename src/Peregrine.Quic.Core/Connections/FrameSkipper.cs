using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Steps over frames without acting on them.</summary>
internal static class FrameSkipper
{
    public static bool TrySkip(ref SpanReader reader, ulong type)
    {
        switch (type)
        {
            case FrameType.Padding:
                PaddingFrame.SkipRun(ref reader);
                return true;
            case FrameType.Ping or FrameType.HandshakeDone:
                return true;
            case FrameType.Ack or FrameType.AckEcn:
                return AckFrame.TryRead(ref reader, type, out _);
            case FrameType.Crypto:
                return CryptoFrame.TryRead(ref reader, out _);
            case >= FrameType.Stream and <= FrameType.StreamLast:
                return StreamFrame.TryRead(ref reader, type, out _);
            case FrameType.Datagram or FrameType.DatagramWithLength:
                return DatagramFrame.TryRead(ref reader, type, out _, out _);
            case FrameType.NewToken:
                return NewTokenFrame.TryRead(ref reader, out _);
            case FrameType.NewConnectionId:
                return NewConnectionIdFrame.TryRead(ref reader, out _);
            case FrameType.PathChallenge or FrameType.PathResponse:
                return reader.TrySkip(8);
            default:
                return TrySkipVarInts(ref reader, FieldCount(type));
        }
    }

    /// <summary>How many varints follow the type, for frames that hold nothing else.</summary>
    private static int FieldCount(ulong type) => type switch
    {
        FrameType.ResetStreamAt => 4,
        FrameType.ResetStream => 3,
        FrameType.StopSending or FrameType.MaxStreamData or FrameType.StreamDataBlocked => 2,
        _ => 1,
    };

    private static bool TrySkipVarInts(ref SpanReader reader, int count)
    {
        while (count-- > 0)
        {
            if (!reader.TryReadVarInt(out _))
                return false;
        }

        return true;
    }
}
