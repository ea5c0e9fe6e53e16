namespace Peregrine.Quic.Core;

/// <summary>Transport parameter identifiers (RFC 9000 §18.2 and the documents named below).</summary>
internal static class TransportParameterId
{
    public const ulong OriginalDestinationConnectionId = 0x00;
    public const ulong MaxIdleTimeout = 0x01;
    public const ulong StatelessResetToken = 0x02;
    public const ulong MaxUdpPayloadSize = 0x03;
    public const ulong InitialMaxData = 0x04;
    public const ulong InitialMaxStreamDataBidiLocal = 0x05;
    public const ulong InitialMaxStreamDataBidiRemote = 0x06;
    public const ulong InitialMaxStreamDataUni = 0x07;
    public const ulong InitialMaxStreamsBidi = 0x08;
    public const ulong InitialMaxStreamsUni = 0x09;
    public const ulong AckDelayExponent = 0x0a;
    public const ulong MaxAckDelay = 0x0b;
    public const ulong DisableActiveMigration = 0x0c;
    public const ulong PreferredAddress = 0x0d;
    public const ulong ActiveConnectionIdLimit = 0x0e;
    public const ulong InitialSourceConnectionId = 0x0f;
    public const ulong RetrySourceConnectionId = 0x10;

    /// <summary>RFC 9368 §3.</summary>
    public const ulong VersionInformation = 0x11;

    /// <summary>draft-ietf-quic-reliable-stream-reset.</summary>
    public const ulong ResetStreamAt = 0x1d;

    /// <summary>RFC 9221 §3.</summary>
    public const ulong MaxDatagramFrameSize = 0x20;

    /// <summary>reset_stream_at as draft 07 numbered it; Chromium still does.</summary>
    public const ulong ResetStreamAtDraft07 = 0x17f7586d2cb571;

    /// <summary>True for those that mean nothing and must be skipped (RFC 9000 §18.1).</summary>
    public static bool IsReserved(ulong id) => id >= 27 && (id - 27) % 31 == 0;

    /// <summary>A reserved identifier made of random bits.</summary>
    public static ulong MakeReserved(ulong random) => 27 + (31 * (random & 0xff_ffff));

    /// <summary>The name the RFC prints, or the number where it has none.</summary>
    public static string NameOf(ulong id) => id switch
    {
        OriginalDestinationConnectionId => "original_destination_connection_id",
        MaxIdleTimeout => "max_idle_timeout",
        StatelessResetToken => "stateless_reset_token",
        MaxUdpPayloadSize => "max_udp_payload_size",
        InitialMaxData => "initial_max_data",
        InitialMaxStreamDataBidiLocal => "initial_max_stream_data_bidi_local",
        InitialMaxStreamDataBidiRemote => "initial_max_stream_data_bidi_remote",
        InitialMaxStreamDataUni => "initial_max_stream_data_uni",
        InitialMaxStreamsBidi => "initial_max_streams_bidi",
        InitialMaxStreamsUni => "initial_max_streams_uni",
        AckDelayExponent => "ack_delay_exponent",
        MaxAckDelay => "max_ack_delay",
        DisableActiveMigration => "disable_active_migration",
        PreferredAddress => "preferred_address",
        ActiveConnectionIdLimit => "active_connection_id_limit",
        InitialSourceConnectionId => "initial_source_connection_id",
        RetrySourceConnectionId => "retry_source_connection_id",
        VersionInformation => "version_information",
        ResetStreamAt or ResetStreamAtDraft07 => "reset_stream_at",
        MaxDatagramFrameSize => "max_datagram_frame_size",
        _ => $"0x{id:x}",
    };
}
