using System.Text.RegularExpressions;

namespace Peregrine.Package.Tests;

/// <summary>
/// The packages in a folder, and empty projects beside it that restore them from there, as a user would who has not got them from a
/// registry.
/// Packages are unpacked into a folder of the test's own, so that an older one of the same version is never taken.
/// </summary>
public sealed partial class LocalFeed : IAsyncLifetime
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly string Root = FindRoot();

    private readonly string _folder = Directory.CreateTempSubdirectory("peregrine-packages-").FullName;

    public string Packages => Path.Combine(_folder, "packages");

    public async ValueTask InitializeAsync()
    {
        foreach (var project in new[] { "Peregrine.Quic", "Peregrine.Http3", "Peregrine.WebTransport" })
        {
            await Commands.RunAsync(Root, "dotnet", "pack", $"src/{project}", "-c", Configuration, "--no-build", "-v", "quiet", "-nologo",
                $"-p:PackageOutputPath={Packages}");
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="local" value="{Packages}" />
              </packageSources>
            </configuration>
            """);
    }

    /// <summary>An empty console project that refers to Peregrine.WebTransport alone and holds the README's code of that heading.</summary>
    public async Task<string> CreateProjectAsync(string name, string heading)
    {
        var folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestorePackagesPath>{Path.Combine(_folder, "restored")}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Peregrine.WebTransport" Version="*-*" />
              </ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), await ReadmeCodeAsync(heading));
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> ReadmeCodeAsync(string heading)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Root, "README.md"));
        var start = readme.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"README.md has no heading '{heading}'.");
        var code = CodeBlock().Match(readme, start);
        Assert.True(code.Success, $"README.md has no C# below '{heading}'.");
        return code.Groups[1].Value;
    }

    // Not by the path of this source file: a deterministic build replaces it.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Peregrine.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Peregrine.slnx was not found above the tests: run them in the checkout.");
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
