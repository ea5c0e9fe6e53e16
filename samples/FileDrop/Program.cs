using FileDrop;
using Peregrine.Samples;

switch (args)
{
    case ["send", var file, var url, "--hash", var hash]:
        return await Sender.RunAsync(file, new Uri(url), Convert.FromHexString(hash));
    case []:
        var folder = Directory.CreateTempSubdirectory("peregrine-filedrop-").FullName;
        return await SampleServer.RunAsync("Peregrine file drop", "/drop", new DropServer(folder).ServeAsync, (url, hash) => $"""
              files go to    {folder}

              From Peregrine's own client:
                dotnet run --project samples/FileDrop -- send FILE {url} --hash {hash}

            """);
    default:
        Console.Error.WriteLine("Without arguments: the server and its page. To send a file: send FILE URL --hash HASH, as the server prints it.");
        return 2;
}
