using System.Runtime.CompilerServices;

namespace Peregrine.Architecture.Tests;

/// <summary>The checkout that these tests were built from: they read its files, and need nothing of what it builds.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(ThisFolder(), "..", ".."));

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

    private static string ThisFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
