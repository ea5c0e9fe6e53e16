namespace Peregrine.Quic.Core;

/// <summary>What a packet's first byte and version say it is.</summary>
internal enum PacketType : byte
{
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    OneRtt,
    VersionNegotiation,
}
