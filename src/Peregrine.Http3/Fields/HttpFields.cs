using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Peregrine.Http3;

/// <summary>
/// The field lines of a message or its trailers, in the order of the wire. A name may occur several times; none is merged or lost. Names
/// are kept in lower case and compared without regard to case. Not thread-safe.
/// </summary>
public sealed class HttpFields : IReadOnlyList<HttpField>
{
    private readonly List<HttpField> _fields = [];

    /// <summary>An empty list.</summary>
    public HttpFields()
    {
    }

    /// <summary>A list of these fields.</summary>
    /// <exception cref="ArgumentException">A name or value is not valid in HTTP.</exception>
    public HttpFields(IEnumerable<KeyValuePair<string, string>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        foreach (var (name, value) in fields)
            Add(name, value);
    }

    /// <summary>The number of field lines.</summary>
    public int Count => _fields.Count;

    /// <summary>The field line at this place.</summary>
    public HttpField this[int index] => _fields[index];

    /// <summary>The first value of this name, or null.</summary>
    public string? this[string name] => TryGetValue(name, out var value) ? value : null;

    /// <summary>Appends a field line; the name is put into lower case.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds a control character, a character above U+00FF, or
    /// white space at an end (RFC 9110 §5).</exception>
    public void Add(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (FieldRules.HasUpperCase(name))
            name = name.ToLowerInvariant();
        if (!FieldRules.IsName(name))
        {
            throw new ArgumentException(
                $"'{FieldRules.Printable(name)}' is not a field name: use letters, digits and !#$%&'*+-.^_`|~.", nameof(name));
        }

        if (!FieldRules.IsValue(value))
        {
            throw new ArgumentException(
                $"The value of '{name}' holds a control character, a character above U+00FF, or white space at an end.", nameof(value));
        }

        _fields.Add(new HttpField(name, value));
    }

    /// <summary>Replaces every value of this name by one.</summary>
    /// <exception cref="ArgumentException">As <see cref="Add(string, string)"/>.</exception>
    public void Set(string name, string value)
    {
        Remove(name);
        Add(name, value);
    }

    /// <summary>Removes every field line of this name; false when there was none.</summary>
    public bool Remove(string name)
    {
        var kept = 0;
        for (var i = 0; i < _fields.Count; i++)
        {
            if (!NameEquals(_fields[i].Name, name))
                _fields[kept++] = _fields[i];
        }

        var removed = _fields.Count - kept;
        _fields.RemoveRange(kept, removed);
        return removed != 0;
    }

    /// <summary>True when there is a field line of this name.</summary>
    public bool Contains(string name) => TryGetValue(name, out _);

    /// <summary>The first value of this name.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out string? value)
    {
        foreach (var field in _fields)
        {
            if (NameEquals(field.Name, name))
            {
                value = field.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Every value of this name, in order.</summary>
    public IEnumerable<string> GetValues(string name)
    {
        foreach (var field in _fields)
        {
            if (NameEquals(field.Name, name))
                yield return field.Value;
        }
    }

    /// <summary>
    /// Every value of this name in one, or null: joined by a comma and a space (RFC 9110 §5.2), Cookie by a semicolon and a space (RFC 9114
    /// §4.2.1).
    /// </summary>
    /// <exception cref="InvalidOperationException">There are several values of Set-Cookie, which cannot be joined (RFC 9110 §5.3): use
    /// <see cref="GetValues"/>.</exception>
    public string? GetCombined(string name)
    {
        string? combined = null;
        foreach (var field in _fields)
        {
            if (NameEquals(field.Name, name))
                combined = combined is null ? field.Value : string.Concat(combined, SeparatorOf(field.Name), field.Value);
        }

        return combined;
    }

    /// <summary>Enumerates the field lines without allocating.</summary>
    public List<HttpField>.Enumerator GetEnumerator() => _fields.GetEnumerator();

    IEnumerator<HttpField> IEnumerable<HttpField>.GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _fields.GetEnumerator();

    /// <summary>Appends a field line that was checked already, or is about to be.</summary>
    internal void AddUnchecked(string name, string value) => _fields.Add(new HttpField(name, value));

    private static bool NameEquals(string a, string b) => ReferenceEquals(a, b) || string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string SeparatorOf(string name) => name switch
    {
        "cookie" => "; ",
        "set-cookie" => throw new InvalidOperationException("Values of Set-Cookie cannot be joined (RFC 9110 §5.3); use GetValues."),
        _ => ", ",
    };
}
