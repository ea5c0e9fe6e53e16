namespace Peregrine.WebTransport;

/// <summary>Capsule types of a session's stream (draft-ietf-webtrans-http3 §9.6). HTTP/3 skips all others, whatever their length.</summary>
internal static class CapsuleType
{
    public const ulong CloseSession = 0x2843;

    public const ulong DrainSession = 0x78ae;
}
