namespace Peregrine.Quic.Core;

/// <summary>RFC 9000 §12.3: each space counts, acknowledges and loses packets on its own. 0-RTT and 1-RTT share one.</summary>
internal enum PacketNumberSpace : byte
{
    Initial,
    Handshake,
    Application,
}
