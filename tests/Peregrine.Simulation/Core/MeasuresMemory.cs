namespace Peregrine.Simulation;

/// <summary>Tests that look at the process's memory run alone: what others hold would count with it.</summary>
[CollectionDefinition(nameof(MeasuresMemory), DisableParallelization = true)]
public sealed class MeasuresMemory;
