using System.Buffers;

namespace Peregrine.Http3;

/// <summary>What holds for the fields of every message, trailers included (RFC 9114 §4.1.2 and §4.2).</summary>
internal static class FieldSection
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    public static void CheckField(string name, string value)
    {
        if (!FieldRules.IsName(name))
            throw Http3Exception.Malformed($"'{FieldRules.Printable(name)}' is not a field name in lower case.");
        if (!FieldRules.IsValue(value))
        {
            throw Http3Exception.Malformed(
                $"The value of {FieldRules.Printable(name)} holds a character that is not allowed, or white space at an end.");
        }

        if (FieldRules.IsConnectionSpecific(name))
            throw Http3Exception.Malformed($"The field {name} belongs to HTTP/1.1 connections.");
        // RFC 9114 §4.2: TE may be there, but only to say "trailers".
        if (name is "te" && !string.Equals(value, "trailers", StringComparison.OrdinalIgnoreCase))
            throw Http3Exception.Malformed("The field TE holds something other than \"trailers\".");
    }

    /// <summary>Validates trailers: fields only (RFC 9114 §4.3).</summary>
    public static void CheckTrailers(HttpFields section)
    {
        foreach (var (name, value) in section)
        {
            if (name.StartsWith(':'))
                throw Http3Exception.Malformed($"The pseudo-header field {FieldRules.Printable(name)} stands in trailers.");
            CheckField(name, value);
        }
    }

    /// <summary>
    /// The one Content-Length, or null. Repeated, listed, signed or overlong ones are malformed, whatever they say (RFC 9110 §8.6).
    /// </summary>
    public static long? ContentLength(HttpFields headers)
    {
        long? length = null;
        foreach (var (name, value) in headers)
        {
            if (name is not "content-length")
                continue;
            if (length is not null)
                throw Http3Exception.Malformed("Content-Length is there twice.");
            if (value.Length is 0 or > 18 || value.AsSpan().ContainsAnyExcept(Digits))
                throw Http3Exception.Malformed($"Content-Length is '{FieldRules.Printable(value)}', not a length.");
            length = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        }

        return length;
    }
}
