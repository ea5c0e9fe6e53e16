using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>
/// The header fields of a request or a response, in the order of the wire. A name may occur several times; none is merged or lost. Names
/// are kept in lower case and compared without regard to case. Those that were received, or were sent, cannot be changed. Not thread-safe
/// while it is changed.
/// </summary>
/// <example><code>await request.AcceptAsync(new WebTransportHeaders { ["x-room"] = "seven" });</code></example>
[SuppressMessage("Naming", "CA1710", Justification = "HTTP calls them headers.")]
public sealed class WebTransportHeaders : IReadOnlyCollection<KeyValuePair<string, string>>
{
    private readonly HttpFields _fields;
    private readonly bool _isReadOnly;

    /// <summary>No fields yet.</summary>
    public WebTransportHeaders()
        : this(new HttpFields(), isReadOnly: false)
    {
    }

    /// <summary>These fields.</summary>
    /// <param name="fields">Names and values, in order.</param>
    /// <exception cref="ArgumentException">A name or a value is not valid in HTTP.</exception>
    public WebTransportHeaders(IEnumerable<KeyValuePair<string, string>> fields)
        : this(new HttpFields(fields), isReadOnly: false)
    {
    }

    private WebTransportHeaders(HttpFields fields, bool isReadOnly)
    {
        _fields = fields;
        _isReadOnly = isReadOnly;
    }

    /// <summary>The number of field lines.</summary>
    public int Count => _fields.Count;

    /// <summary>The first value of this name, or null. Setting replaces every value of the name; null removes them.</summary>
    /// <param name="name">The name, in either case.</param>
    /// <exception cref="ArgumentException">The name or the value is not valid in HTTP.</exception>
    /// <exception cref="InvalidOperationException">It is set, and the fields were received or sent.</exception>
    public string? this[string name]
    {
        get => _fields[name];
        set
        {
            ThrowIfReadOnly();
            if (value is null)
                _fields.Remove(name);
            else
                _fields.Set(name, value);
        }
    }

    /// <summary>Appends a field line; the name is put into lower case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value, characters up to U+00FF.</param>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds a control character, a character above U+00FF, or
    /// white space at an end (RFC 9110 §5).</exception>
    /// <exception cref="InvalidOperationException">The fields were received or sent.</exception>
    public void Add(string name, string value)
    {
        ThrowIfReadOnly();
        _fields.Add(name, value);
    }

    /// <summary>Removes every field line of this name.</summary>
    /// <param name="name">The name, in either case.</param>
    /// <returns>False when there was none.</returns>
    /// <exception cref="InvalidOperationException">The fields were received or sent.</exception>
    public bool Remove(string name)
    {
        ThrowIfReadOnly();
        return _fields.Remove(name);
    }

    /// <summary>Whether there is a field line of this name.</summary>
    /// <param name="name">The name, in either case.</param>
    public bool Contains(string name) => _fields.Contains(name);

    /// <summary>The first value of this name.</summary>
    /// <param name="name">The name, in either case.</param>
    /// <param name="value">The value.</param>
    /// <returns>False when there is none.</returns>
    public bool TryGetValue(string name, [NotNullWhen(true)] out string? value) => _fields.TryGetValue(name, out value);

    /// <summary>Every value of this name, in order.</summary>
    /// <param name="name">The name, in either case.</param>
    public IEnumerable<string> GetValues(string name) => _fields.GetValues(name);

    /// <summary>The field lines, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        foreach (var field in _fields)
            yield return new(field.Name, field.Value);
    }

    /// <summary>The field lines, one a line.</summary>
    public override string ToString() => string.Join('\n', _fields.Select(static field => $"{field.Name}: {field.Value}"));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>None, for ever.</summary>
    internal static WebTransportHeaders Empty { get; } = ReadOnly(new HttpFields());

    /// <summary>Fields that the application may read and no more.</summary>
    internal static WebTransportHeaders ReadOnly(HttpFields fields) => new(fields, isReadOnly: true);

    /// <summary>A copy to be sent, which later changes do not touch.</summary>
    internal HttpFields ToFields()
    {
        var copy = new HttpFields();
        foreach (var field in _fields)
            copy.Add(field.Name, field.Value);
        return copy;
    }

    private void ThrowIfReadOnly()
    {
        if (_isReadOnly)
            throw new InvalidOperationException("These header fields were received or sent, and cannot be changed; make new ones.");
    }
}
