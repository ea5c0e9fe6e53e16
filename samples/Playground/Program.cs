using Playground;

if (!CommandLine.TryParse(args, out var command, out var problem))
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine("Say --help for what there is.");
    return 2;
}

switch (command)
{
    case ServeCommand serve:
        return await PlaygroundServer.RunAsync(serve);
    case ClientCommand client:
        return await ExchangeClient.RunAsync(client);
    default:
        Console.WriteLine(CommandLine.Help);
        return 0;
}
