using System.Globalization;

namespace Peregrine.Http3;

/// <summary>A response's header section after validation (RFC 9114 §4.3.2). Immutable.</summary>
internal sealed record ResponseHead(int Status, HttpFields Headers, long? ContentLength)
{
    /// <summary>Validates a decoded section. Throws a stream error of H3_MESSAGE_ERROR for what is malformed.</summary>
    public static ResponseHead Parse(HttpFields section)
    {
        var status = 0;
        var headers = new HttpFields();
        foreach (var (name, value) in section)
        {
            if (!name.StartsWith(':'))
            {
                FieldSection.CheckField(name, value);
                headers.AddUnchecked(name, value);
                continue;
            }

            if (headers.Count != 0)
                throw Http3Exception.Malformed($"The pseudo-header field {FieldRules.Printable(name)} comes after a field.");
            if (name is not ":status")
                throw Http3Exception.Malformed($"A response has no pseudo-header field {FieldRules.Printable(name)}.");
            if (status != 0)
                throw Http3Exception.Malformed(":status is there twice.");
            status = ParseStatus(value);
        }

        if (status == 0)
            throw Http3Exception.Malformed(":status is missing.");
        return new ResponseHead(status, headers, status >= 200 ? FieldSection.ContentLength(headers) : null);
    }

    /// <summary>The section a server sends.</summary>
    public static HttpFields Create(int status, HttpFields? headers)
    {
        var section = new HttpFields();
        section.AddUnchecked(":status", status.ToString(CultureInfo.InvariantCulture));
        if (headers is null)
            return section;
        foreach (var (name, value) in headers)
        {
            if (FieldRules.IsConnectionSpecific(name))
                throw new ArgumentException($"'{name}' belongs to HTTP/1.1 connections (RFC 9114 §4.2); remove it.", nameof(headers));
            section.AddUnchecked(name, value);
        }

        return section;
    }

    private static int ParseStatus(string value)
    {
        if (value.Length != 3 || value[0] is < '1' or > '9' || !char.IsAsciiDigit(value[1]) || !char.IsAsciiDigit(value[2]))
            throw Http3Exception.Malformed($":status is '{FieldRules.Printable(value)}', not a status code.");
        var status = int.Parse(value, CultureInfo.InvariantCulture);
        if (status == 101)
            throw Http3Exception.Malformed("The status is 101 (Switching Protocols), which HTTP/3 does not have.");
        return status;
    }
}
