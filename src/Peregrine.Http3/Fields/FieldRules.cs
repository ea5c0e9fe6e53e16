using System.Buffers;

namespace Peregrine.Http3;

/// <summary>Which characters a field name and value may hold (RFC 9110 §5, RFC 9114 §4.2 and §10.3).</summary>
internal static class FieldRules
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> ForbiddenInValue = SearchValues.Create(ControlCharacters());

    /// <summary>A token in lower case.</summary>
    public static bool IsName(ReadOnlySpan<char> name) => !name.IsEmpty && !name.ContainsAnyExcept(NameCharacters);

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenCharacters);

    public static bool HasUpperCase(ReadOnlySpan<char> name) => name.ContainsAnyInRange('A', 'Z');

    /// <summary>No control character but the tab, nothing above one byte, no white space at the ends.</summary>
    public static bool IsValue(ReadOnlySpan<char> value) =>
        value.IsEmpty || (value[0] is not (' ' or '\t') && value[^1] is not (' ' or '\t')
            && !value.ContainsAny(ForbiddenInValue) && !value.ContainsAnyInRange('\u0100', '\uffff'));

    /// <summary>Fields that belong to one connection of HTTP/1.1, forbidden in HTTP/3 (RFC 9114 §4.2).</summary>
    public static bool IsConnectionSpecific(string name) =>
        name is "connection" or "keep-alive" or "proxy-connection" or "transfer-encoding" or "upgrade";

    /// <summary>The text as a log or a message may show it: short, and without control characters.</summary>
    public static string Printable(ReadOnlySpan<char> text)
    {
        const int longest = 64;
        Span<char> shown = stackalloc char[longest];
        var length = Math.Min(text.Length, longest);
        for (var i = 0; i < length; i++)
            shown[i] = text[i] is >= ' ' and <= '~' ? text[i] : '?';
        return text.Length > longest ? string.Concat(shown, "...") : new string(shown[..length]);
    }

    private static string ControlCharacters()
    {
        var text = new System.Text.StringBuilder("\u007f");
        for (var c = '\0'; c < ' '; c++)
        {
            if (c != '\t')
                text.Append(c);
        }

        return text.ToString();
    }
}
