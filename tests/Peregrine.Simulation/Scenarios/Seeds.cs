namespace Peregrine.Simulation;

/// <summary>Runs a scenario over many seeds, or over the one that PEREGRINE_SEED names; a failure prints how to replay it.</summary>
internal static class Seeds
{
    private const string Variable = "PEREGRINE_SEED";

    public static void Run(string test, ulong first, int count, Action<ulong> scenario)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } only)
        {
            scenario(ulong.Parse(only, System.Globalization.CultureInfo.InvariantCulture));
            return;
        }

        Parallel.For(0, count, i =>
        {
            var seed = first + (ulong)i;
            try
            {
                scenario(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} failed: {error.Message}\nReplay: {Variable}={seed} dotnet run -c Release --project tests/Peregrine.Simulation -- --filter-method \"{test}\"\n{error.StackTrace}",
                    error);
            }
        });
    }
}
