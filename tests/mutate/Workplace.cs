using System.Diagnostics;

namespace Peregrine.Mutate;

/// <summary>
/// A copy of the sources below artifacts/, where defences are taken out and tests are built and run. The checkout is not touched.
/// </summary>
internal sealed class Workplace(string root)
{
    public string Folder { get; } = Path.Combine(root, "artifacts", "mutate");

    /// <summary>Brings the copy up to date; files that are the same keep their time, so that builds stay incremental.</summary>
    public void Refresh()
    {
        Directory.CreateDirectory(Folder);
        var (_, listing) = Run("git", root, TimeSpan.FromMinutes(1), "ls-files", "--cached", "--others", "--exclude-standard");
        foreach (var file in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var source = Path.Combine(root, file);
            var target = Path.Combine(Folder, file);
            if (!File.Exists(source) || (File.Exists(target) && File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target))))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target, overwrite: true);
            File.SetLastWriteTimeUtc(target, DateTime.UtcNow);
        }
    }

    public (bool Succeeded, string Output) Build(string project)
    {
        var (code, output) = Run("dotnet", Folder, TimeSpan.FromMinutes(10), "build", $"tests/{project}", "-c", "Release", "-v", "quiet", "-nologo", "-p:RunAnalyzers=false");
        return (code == 0, output);
    }

    /// <summary>Runs tests by name. The code is null when they did not end in time.</summary>
    public (int? Code, string Output) Test(string project, IEnumerable<string> names, TimeSpan limit)
    {
        var program = Path.Combine(Folder, "tests", project, "bin", "Release", "net10.0", project);
        return Run(program, Folder, limit, [.. names.SelectMany(name => new[] { "--filter-method", $"*{name}*" }), "--no-ansi"]);
    }

    private static (int? Code, string Output) Run(string program, string folder, TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return (null, output.Result + errors.Result);
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
