namespace Peregrine.Quic.Core;

/// <summary>Frame types (RFC 9000 §19, RFC 9221 §4, and the drafts named below).</summary>
internal static class FrameType
{
    public const ulong Padding = 0x00;
    public const ulong Ping = 0x01;
    public const ulong Ack = 0x02;
    public const ulong AckEcn = 0x03;
    public const ulong ResetStream = 0x04;
    public const ulong StopSending = 0x05;
    public const ulong Crypto = 0x06;
    public const ulong NewToken = 0x07;

    /// <summary>
    /// The first of eight: the low bits are <see cref="StreamOffBit"/>, <see cref="StreamLenBit"/> and <see cref="StreamFinBit"/>.
    /// </summary>
    public const ulong Stream = 0x08;
    public const ulong StreamLast = 0x0f;
    public const ulong MaxData = 0x10;
    public const ulong MaxStreamData = 0x11;
    public const ulong MaxStreamsBidirectional = 0x12;
    public const ulong MaxStreamsUnidirectional = 0x13;
    public const ulong DataBlocked = 0x14;
    public const ulong StreamDataBlocked = 0x15;
    public const ulong StreamsBlockedBidirectional = 0x16;
    public const ulong StreamsBlockedUnidirectional = 0x17;
    public const ulong NewConnectionId = 0x18;
    public const ulong RetireConnectionId = 0x19;
    public const ulong PathChallenge = 0x1a;
    public const ulong PathResponse = 0x1b;
    public const ulong ConnectionCloseTransport = 0x1c;
    public const ulong ConnectionCloseApplication = 0x1d;
    public const ulong HandshakeDone = 0x1e;

    /// <summary>draft-ietf-quic-ack-frequency. Known by name; refused until it is negotiated.</summary>
    public const ulong ImmediateAck = 0x1f;

    /// <summary>draft-ietf-quic-reliable-stream-reset.</summary>
    public const ulong ResetStreamAt = 0x24;
    public const ulong Datagram = 0x30;
    public const ulong DatagramWithLength = 0x31;

    /// <summary>draft-ietf-quic-ack-frequency. Known by name; refused until it is negotiated.</summary>
    public const ulong AckFrequency = 0xaf;

    public const ulong StreamFinBit = 0x01;
    public const ulong StreamLenBit = 0x02;
    public const ulong StreamOffBit = 0x04;

    public static bool IsStream(ulong type) => type is >= Stream and <= StreamLast;

    /// <summary>The name the RFC prints, or the number where it has none.</summary>
    public static string NameOf(ulong type) => type switch
    {
        Padding => "PADDING",
        Ping => "PING",
        Ack or AckEcn => "ACK",
        ResetStream => "RESET_STREAM",
        StopSending => "STOP_SENDING",
        Crypto => "CRYPTO",
        NewToken => "NEW_TOKEN",
        >= Stream and <= StreamLast => "STREAM",
        MaxData => "MAX_DATA",
        MaxStreamData => "MAX_STREAM_DATA",
        MaxStreamsBidirectional or MaxStreamsUnidirectional => "MAX_STREAMS",
        DataBlocked => "DATA_BLOCKED",
        StreamDataBlocked => "STREAM_DATA_BLOCKED",
        StreamsBlockedBidirectional or StreamsBlockedUnidirectional => "STREAMS_BLOCKED",
        NewConnectionId => "NEW_CONNECTION_ID",
        RetireConnectionId => "RETIRE_CONNECTION_ID",
        PathChallenge => "PATH_CHALLENGE",
        PathResponse => "PATH_RESPONSE",
        ConnectionCloseTransport or ConnectionCloseApplication => "CONNECTION_CLOSE",
        HandshakeDone => "HANDSHAKE_DONE",
        ImmediateAck => "IMMEDIATE_ACK",
        ResetStreamAt => "RESET_STREAM_AT",
        Datagram or DatagramWithLength => "DATAGRAM",
        AckFrequency => "ACK_FREQUENCY",
        _ => $"0x{type:x}",
    };
}
