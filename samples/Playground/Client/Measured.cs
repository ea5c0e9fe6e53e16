namespace Playground;

/// <summary>
/// What an exchange found: a few words, the bytes it moved (0 when their rate says nothing), and the time when it is not simply how long
/// the exchange took.
/// </summary>
internal sealed record Measured(string Result, long Bytes = 0, TimeSpan? Time = null);

/// <summary>A line of the table.</summary>
internal sealed record Outcome(string Name, string Result, TimeSpan Time, long Bytes = 0, bool Failed = false);
