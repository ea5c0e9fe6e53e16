namespace Peregrine.WebTransport;

/// <summary>Capsule types on a CONNECT stream (RFC 9297 §5.4, draft-ietf-webtrans-http3 §9.6). All others are skipped.</summary>
internal static class CapsuleType
{
    public const ulong Datagram = 0x00;

    public const ulong CloseSession = 0x2843;

    public const ulong DrainSession = 0x78ae;
}
