namespace Peregrine.WebTransport;

/// <summary>
/// Maps 32-bit application error codes of streams into the range of HTTP/3 error codes reserved for them, and back
/// (draft-ietf-webtrans-http3 §4.4). Code points of the form 0x1f * N + 0x21 are HTTP/3's GREASE and are skipped.
/// </summary>
internal static class StreamErrorCode
{
    public const long First = 0x52e4_a40f_a8db;

    public const long Last = 0x52e5_ac98_3162;

    /// <summary>The code a stream is reset or stopped with when the application named none.</summary>
    public const uint Default = 0;

    public static long ToHttp3(uint code) => First + code + code / 0x1e;

    /// <summary>
    /// False for a code outside the range, or one of its GREASE points: the stream is reset all the same, without an application code.
    /// </summary>
    public static bool TryFromHttp3(long http3Code, out uint code)
    {
        if (http3Code is < First or > Last || (http3Code - 0x21) % 0x1f == 0)
        {
            code = 0;
            return false;
        }

        var shifted = http3Code - First;
        code = (uint)(shifted - shifted / 0x1f);
        return true;
    }
}
