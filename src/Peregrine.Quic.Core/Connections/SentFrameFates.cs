using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What an acknowledgement or a loss means to whoever wrote the frame: two flat switches over <see cref="SentFrameKind"/>.
/// </summary>
internal sealed class SentFrameFates(ConnectionEngine connection) : ISentFrameSink
{
    public void OnFrameAcked(PacketNumberSpace space, in SentFrame frame, Instant now)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.Ack:
                connection.SpaceOf(space).Acks.OnAckAcked(frame.Offset);
                break;
            case SentFrameKind.Crypto:
                connection.SpaceOf(space).CryptoOut.OnAcked(frame.Offset, frame.Length);
                break;
            case SentFrameKind.NewConnectionId:
                connection.LocalIds.OnAcked(frame.Id);
                break;
            case SentFrameKind.RetireConnectionId:
                connection.RemoteIds.OnRetireAcked(frame.Id);
                break;
            case SentFrameKind.None or SentFrameKind.Ping or SentFrameKind.HandshakeDone or SentFrameKind.NewToken or SentFrameKind.Datagram:
                break;
            default:
                connection.Streams.OnFrameAcked(frame);
                break;
        }
    }

    public void OnFrameLost(PacketNumberSpace space, in SentFrame frame, Instant now)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.Crypto:
                connection.SpaceOf(space).CryptoOut.OnLost(frame.Offset, frame.Length);
                break;
            case SentFrameKind.NewConnectionId:
                connection.LocalIds.OnLost(frame.Id);
                break;
            case SentFrameKind.RetireConnectionId:
                connection.RemoteIds.OnRetireLost(frame.Id);
                break;
            case SentFrameKind.HandshakeDone:
                connection.Handshake.OnHandshakeDoneLost();
                break;
            case SentFrameKind.Datagram:
                connection.Datagrams.OnFrameLost();
                break;
            case SentFrameKind.None or SentFrameKind.Ping or SentFrameKind.Ack or SentFrameKind.NewToken:
                break;
            default:
                connection.Streams.OnFrameLost(frame);
                break;
        }
    }
}
