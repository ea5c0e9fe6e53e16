using Peregrine.WebTransport;

namespace Chat;

/// <summary>Room and name out of a request: <c>/rooms/NAME?name=ANN</c>.</summary>
internal static class Invitation
{
    private const string Prefix = "/rooms/";
    private const int LongestName = 24;

    public static bool TryRead(WebTransportRequest request, out string room, out string name)
    {
        room = "";
        name = "";
        if (!request.Path.StartsWith(Prefix, StringComparison.Ordinal) || !request.Query.StartsWith("?name=", StringComparison.Ordinal))
            return false;
        room = Uri.UnescapeDataString(request.Path[Prefix.Length..]);
        name = Uri.UnescapeDataString(request.Query["?name=".Length..]);
        return IsName(room) && IsName(name);
    }

    private static bool IsName(string text) => text.Length is > 0 and <= LongestName && !text.Any(char.IsControl);
}
