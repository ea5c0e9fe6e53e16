using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace Peregrine.Package.Tests;

/// <summary>
/// What a user gets: the packages as <c>dotnet pack</c> makes them, restored into empty projects that hold the README's programs.
/// </summary>
public sealed class PackageTests(LocalFeed feed) : IClassFixture<LocalFeed>
{
    [Theory]
    [InlineData("Peregrine.Quic", new[] { "Peregrine.Wire", "Peregrine.Tls", "Peregrine.Quic.Core", "Peregrine.Quic" })]
    [InlineData("Peregrine.Http3", new[] { "Peregrine.Http3" })]
    [InlineData("Peregrine.WebTransport", new[] { "Peregrine.WebTransport" })]
    public async Task A_package_holds_its_assemblies_documentation_symbols_readme_icon_and_licence(string id, string[] assemblies)
    {
        var file = Assert.Single(Directory.GetFiles(feed.Packages, $"{id}.?.?.*.nupkg"));
        using var package = await ZipFile.OpenReadAsync(file, TestContext.Current.CancellationToken);
        var names = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Equal(
            assemblies.Select(assembly => $"lib/net10.0/{assembly}.dll").Order(StringComparer.Ordinal),
            names.Where(name => name.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Superset(new HashSet<string> { $"lib/net10.0/{id}.xml", "README.md", "icon.png", "LICENSE" }, names.ToHashSet());

        using var symbols = await ZipFile.OpenReadAsync(Path.ChangeExtension(file, ".snupkg"), TestContext.Current.CancellationToken);
        Assert.Equal(
            assemblies.Select(assembly => $"lib/net10.0/{assembly}.pdb").Order(StringComparer.Ordinal),
            symbols.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".pdb", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_packages_refer_to_one_another_by_exact_version()
    {
        foreach (var (id, below) in new[] { ("Peregrine.Http3", "Peregrine.Quic"), ("Peregrine.WebTransport", "Peregrine.Http3") })
        {
            using var package = await ZipFile.OpenReadAsync(Assert.Single(Directory.GetFiles(feed.Packages, $"{id}.?.?.*.nupkg")), TestContext.Current.CancellationToken);
            await using var stream = await package.GetEntry($"{id}.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
            var dependencies = XDocument.Load(stream).Descendants().Where(element => element.Name.LocalName == "dependency");
            var ours = Assert.Single(dependencies, element => element.Attribute("id")!.Value.StartsWith("Peregrine.", StringComparison.Ordinal));
            Assert.Equal(below, ours.Attribute("id")!.Value);
            Assert.Matches(@"^\[[^,]+\]$", ours.Attribute("version")!.Value);
        }
    }

    [Fact]
    public async Task The_programs_of_the_README_talk_to_each_other_built_trimmed_and_ahead_of_time()
    {
        var server = await feed.CreateProjectAsync("Server", "A server");
        var client = await feed.CreateProjectAsync("Client", "A client");
        await Commands.RunAsync(server, "dotnet", "build", "-c", "Release", "-v", "quiet", "-nologo", "-o", "built");
        await Commands.RunAsync(client, "dotnet", "build", "-c", "Release", "-v", "quiet", "-nologo", "-o", "built");
        await TalkAsync(Path.Combine(server, "built", "Server"), Path.Combine(client, "built", "Client"));

        // Warnings are errors in both projects, those of the trimmer and of the compiler ahead of time too.
        await PublishAsync(server, "trimmed", "--self-contained", "-p:PublishTrimmed=true");
        await PublishAsync(client, "native", "-p:PublishAot=true");
        await TalkAsync(Path.Combine(server, "trimmed", "Server"), Path.Combine(client, "native", "Client"));
        await PublishAsync(server, "native", "-p:PublishAot=true");
        await PublishAsync(client, "trimmed", "--self-contained", "-p:PublishTrimmed=true");
        await TalkAsync(Path.Combine(server, "native", "Server"), Path.Combine(client, "trimmed", "Client"));
    }

    private static Task<string> PublishAsync(string project, string output, params string[] how) =>
        Commands.RunAsync(project, "dotnet", ["publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-v", "quiet", "-nologo", "-o", output, .. how]);

    private static async Task TalkAsync(string server, string client)
    {
        using var listening = Commands.Start(Path.GetDirectoryName(server)!, server);
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var line = await listening.StandardOutput.ReadLineAsync(timeout.Token);
            Assert.True(line is not null, $"{server} printed nothing: {(line is null ? await listening.StandardError.ReadToEndAsync(timeout.Token) : "")}");
            var heard = await Commands.RunAsync(Path.GetDirectoryName(client)!, client, line!.Split(' '));
            Assert.Contains("Hello, Peregrine", heard, StringComparison.Ordinal);
            Assert.Contains("Local: 0 'bye'", heard, StringComparison.Ordinal);
        }
        finally
        {
            listening.Kill();
            await listening.WaitForExitAsync(CancellationToken.None);
        }
    }
}
