namespace Peregrine.Http3;

/// <summary>One field line: a lower-case name and its value, one character a byte (ISO 8859-1).</summary>
/// <param name="Name">The name in lower case.</param>
/// <param name="Value">The value, without white space around it.</param>
public readonly record struct HttpField(string Name, string Value);
