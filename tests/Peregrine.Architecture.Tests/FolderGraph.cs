using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Peregrine.Architecture.Tests;

/// <summary>
/// Which folder of a project uses types of which other, by what the compiler makes of its sources: every name in the code, comments left
/// out,
/// is bound, and the type that it belongs to leads to a folder.
/// </summary>
internal sealed class FolderGraph
{
    private readonly SortedDictionary<(string From, string To), string> _arrows = [];

    private FolderGraph(string project)
    {
        var root = $"src/{project}/";
        var files = Repository.Files($"src/{project}", "*.cs").ToList();
        if (Directory.Exists(Path.Combine(Repository.Root, "src/Shared")))
            files.AddRange(Repository.Files("src/Shared", "*.cs"));
        var trees = files.Select(file => CSharpSyntaxTree.ParseText(Repository.Read(file), CSharpParseOptions.Default, file)).ToList();
        var usings = CSharpSyntaxTree.ParseText(ImplicitUsings);
        var compilation = CSharpCompilation.Create(project, [.. trees, usings], References(), new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        foreach (var tree in trees.Where(tree => tree.FilePath.StartsWith(root, StringComparison.Ordinal)))
            AddArrows(root, tree, compilation.GetSemanticModel(tree));
    }

    public static FolderGraph Of(string project) => new(project);

    public IEnumerable<(string From, string To)> Arrows => _arrows.Keys;

    /// <summary>One use that makes the arrow: file, line and name.</summary>
    public string Example((string From, string To) arrow) => _arrows[arrow];

    /// <summary>Groups of folders that reach one another, each sorted; empty when the graph has no cycle.</summary>
    public IReadOnlyList<string[]> Cycles()
    {
        var folders = Arrows.SelectMany(arrow => new[] { arrow.From, arrow.To }).Distinct(StringComparer.Ordinal).ToList();
        var reach = folders.ToDictionary(folder => folder, Reachable, StringComparer.Ordinal);
        return
        [
            .. folders.Where(folder => reach[folder].Contains(folder))
                .GroupBy(folder => string.Join(" ", folders.Where(other => reach[folder].Contains(other) && reach[other].Contains(folder)).Order()))
                .Select(group => group.Key.Split(' ')),
        ];
    }

    private HashSet<string> Reachable(string start)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([start]);
        while (open.TryPop(out var folder))
        {
            foreach (var (_, to) in Arrows.Where(arrow => arrow.From == folder))
            {
                if (seen.Add(to))
                    open.Push(to);
            }
        }

        return seen;
    }

    private void AddArrows(string root, SyntaxTree tree, SemanticModel model)
    {
        var from = FolderOf(root, tree.FilePath);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            foreach (var type in TypesBehind(model, name))
            {
                foreach (var place in type.DeclaringSyntaxReferences)
                {
                    var file = place.SyntaxTree.FilePath;
                    if (!file.StartsWith(root, StringComparison.Ordinal))
                        continue;
                    var to = FolderOf(root, file);
                    if (to != from)
                        _arrows.TryAdd((from, to), $"{tree.FilePath}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1} uses {type.Name}");
                }
            }
        }
    }

    /// <summary>The type that a name is, or whose member it is, and for a variable without a written type what that is.</summary>
    private static IEnumerable<INamedTypeSymbol> TypesBehind(SemanticModel model, SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        foreach (var symbol in info.Symbol is { } one ? [one] : info.CandidateSymbols.ToArray())
        {
            var type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
            while (type is not null)
            {
                yield return type.OriginalDefinition;
                type = type.ContainingType;
            }
        }
    }

    // A subfolder is a room of its own.
    private static string FolderOf(string root, string file)
    {
        var inside = file[root.Length..];
        var end = inside.LastIndexOf('/');
        return end < 0 ? "(root)" : inside[..end];
    }

    private static IEnumerable<MetadataReference> References()
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return platform.Where(path => !Path.GetFileName(path).StartsWith("Peregrine", StringComparison.Ordinal)).Select(path => MetadataReference.CreateFromFile(path));
    }

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;
}
