namespace Peregrine.Bench;

/// <summary>One number that was measured: its name in the JSON line, what it is called in the table, and with how many decimals.</summary>
internal readonly record struct Figure(string Name, string Title, double Value, int Decimals = 0);
