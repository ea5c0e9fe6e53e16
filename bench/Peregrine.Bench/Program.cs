using Peregrine.Bench;

if (!BenchOptions.TryParse(args, out var options, out var problem))
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine("--help lists what there is.");
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};

switch (options.Command)
{
    case BenchCommand.Help:
        Console.WriteLine(Help.Text);
        return 0;
    case BenchCommand.Server:
        return await BenchServer.RunAsync(options, interrupted.Token);
    default:
        return await BenchRun.RunAsync(options, interrupted.Token);
}
