using System.Text.RegularExpressions;

namespace Peregrine.Architecture.Tests;

/// <summary>What every source file keeps to.</summary>
public sealed partial class SourceTests
{
    /// <summary>As .editorconfig says (max_line_length), which no tool checks.</summary>
    private const int LongestLine = 140;

    /// <summary>Longer lines that are still to be broken: lower it with them, never raise it.</summary>
    private const int LongLinesLeft = 261;

    /// <summary>A file of this length owns too much.</summary>
    private const int LongestFile = 500;

    [Fact]
    public void No_more_lines_are_longer_than_the_limit()
    {
        var longOnes = Repository.CSharpFiles.SelectMany(file => Repository.Read(file).Split('\n')
            .Select((line, index) => (line, place: $"{file}:{index + 1}"))
            .Where(line => line.line.TrimEnd('\r').Length > LongestLine)
            .Select(line => $"{line.place} ({line.line.Length})"));
        var found = longOnes.ToList();
        Assert.True(
            found.Count <= LongLinesLeft,
            $"{found.Count} lines have more than {LongestLine} characters, {LongLinesLeft} had:\n  {string.Join("\n  ", found)}");
    }

    [Fact]
    public void No_file_is_longer_than_the_limit()
    {
        var longOnes = Repository.CSharpFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (file, lines: Repository.Read(file).Count(character => character == '\n')))
            .Where(file => file.lines > LongestFile)
            .Select(file => $"{file.file} ({file.lines})");
        AssertNone(longOnes, $"files have more than {LongestFile} lines");
    }

    [Fact]
    public void Names_of_tests_are_sentences_with_underscores()
    {
        var others = Repository.CSharpFiles.Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(file =>
            TestMethod().Matches(Repository.Read(file)).Select(match => match.Groups["name"].Value)
                .Where(name => Words().Count(name) > 1 && !name.Contains('_', StringComparison.Ordinal))
                .Select(name => $"{file}: {name}"));
        AssertNone(others, "names of tests are not sentences with underscores");
    }

    [Fact]
    public void Nothing_names_this_machine()
    {
        var here = Repository.Root;
        var places = Repository.CSharpFiles.Where(file => Repository.Read(file).Contains(here + "/", StringComparison.Ordinal));
        AssertNone(places, "files hold the path of this checkout");
    }

    private static void AssertNone(IEnumerable<string> places, string what)
    {
        var found = places.ToList();
        Assert.True(found.Count == 0, $"{found.Count} {what}:\n  {string.Join("\n  ", found.Take(50))}");
    }

    [GeneratedRegex(@"\[(?:Fact|Theory)[^\]]*\](?:[^;{}]*?)public (?:static )?(?:async )?(?:void|Task|ValueTask) (?<name>\w+)\(", RegexOptions.Singleline)]
    private static partial Regex TestMethod();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Words();
}
