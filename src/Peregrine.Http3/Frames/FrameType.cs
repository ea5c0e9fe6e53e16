namespace Peregrine.Http3;

/// <summary>HTTP/3 frame types (RFC 9114 §7.2, RFC 9218 §7.2).</summary>
internal static class FrameType
{
    public const ulong Data = 0x00;
    public const ulong Headers = 0x01;
    public const ulong CancelPush = 0x03;
    public const ulong Settings = 0x04;
    public const ulong PushPromise = 0x05;
    public const ulong GoAway = 0x07;
    public const ulong MaxPushId = 0x0d;
    public const ulong PriorityUpdateRequest = 0xf0700;
    public const ulong PriorityUpdatePush = 0xf0701;

    /// <summary>PRIORITY, PING, WINDOW_UPDATE and CONTINUATION of HTTP/2, forbidden here (RFC 9114 §7.2.8).</summary>
    public static bool IsHttp2Only(ulong type) => type is 0x02 or 0x06 or 0x08 or 0x09;

    public static string NameOf(ulong type) => type switch
    {
        Data => "DATA",
        Headers => "HEADERS",
        CancelPush => "CANCEL_PUSH",
        Settings => "SETTINGS",
        PushPromise => "PUSH_PROMISE",
        GoAway => "GOAWAY",
        MaxPushId => "MAX_PUSH_ID",
        PriorityUpdateRequest or PriorityUpdatePush => "PRIORITY_UPDATE",
        _ => $"frame type 0x{type:x}",
    };
}
