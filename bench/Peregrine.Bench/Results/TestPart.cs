namespace Peregrine.Bench;

/// <summary>
/// What one part of a test gave, with the seconds it took and the CPU seconds of both processes; null where the server's are not known.
/// </summary>
internal sealed record TestPart(string Name, IReadOnlyList<Figure> Figures, double Seconds, double ClientCpuSeconds, double? ServerCpuSeconds);
