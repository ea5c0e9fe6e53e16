namespace Peregrine.Bench;

/// <summary>Which part the program plays.</summary>
internal enum BenchCommand
{
    /// <summary>Both: the client here, and a server process of its own for each test.</summary>
    Both,

    /// <summary>The client alone, against a server somebody else started.</summary>
    Client,

    /// <summary>The server alone.</summary>
    Server,

    /// <summary>Say how the program is used.</summary>
    Help,
}
