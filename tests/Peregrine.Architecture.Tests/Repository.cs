namespace Peregrine.Architecture.Tests;

/// <summary>The checkout that these tests were built from: they read its files, and need nothing of what it builds.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static bool Has(string path) => File.Exists(Path.Combine(Root, path));

    /// <summary>Files below <paramref name="folder"/>, as paths from the root with forward slashes; nothing that a build made.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "artifacts"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All C# that people read and change.</summary>
    public static IReadOnlyList<string> CSharpFiles { get; } =
        [.. new[] { "src", "tests", "samples", "bench" }.SelectMany(folder => Files(folder, "*.cs"))];

    // Not by the path of this source file: a deterministic build replaces it.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Peregrine.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Peregrine.slnx was not found above the tests: run them in the checkout.");
    }
}
