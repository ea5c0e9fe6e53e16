using System.Text.RegularExpressions;

namespace Peregrine.Architecture.Tests;

/// <summary>Documents that name code name code that exists.</summary>
public sealed partial class DocumentTests
{
    /// <summary>Rules that say "no test yet": lower it with them, never raise it.</summary>
    private const int RulesWithoutTest = 29;

    /// <summary>All words of the sources: a name in a document is one of them, or it is stale.</summary>
    private static readonly HashSet<string> Words =
        [.. Repository.Files("src", "*.cs").SelectMany(file => Word().Matches(Repository.Read(file)).Select(match => match.Value))];

    private static readonly HashSet<string> TestNames =
        [.. Repository.Files("tests", "*.cs").SelectMany(file => Method().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value))];

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/quic-in-one-page.md")]
    public void Every_code_name_of_a_document_exists_in_the_sources(string document)
    {
        var codes = Code().Matches(WithoutBlocks(Repository.Read(document))).Select(match => match.Groups[1].Value);
        var stale = codes.Distinct().Where(code => !Exists(code)).ToList();
        Assert.True(stale.Count == 0, $"{document} names what src does not have: {string.Join(", ", stale)}");
    }

    [Fact]
    public void Every_robustness_rule_that_a_comment_cites_is_written_down()
    {
        var rules = Rules().Select(rule => rule.Id).ToHashSet();
        var unknown = Repository.CSharpFiles.SelectMany(file => Citation().Matches(Repository.Read(file))
            .SelectMany(match => RuleId().Matches(match.Value).Select(id => id.Value))
            .Where(id => !rules.Contains(id)).Select(id => $"{file}: {id}")).ToList();
        Assert.True(unknown.Count == 0, $"docs/robustness.md lacks rules that comments cite:\n  {string.Join("\n  ", unknown)}");
    }

    [Fact]
    public void Every_robustness_rule_names_tests_that_exist()
    {
        Assert.NotEmpty(Rules());
        Assert.True(Rules().Count(rule => IsOpen(rule.Tests)) <= RulesWithoutTest, $"More than {RulesWithoutTest} rules have no test.");
        foreach (var (id, tests) in Rules())
        {
            var names = Code().Matches(tests).Select(match => match.Groups[1].Value).ToList();
            Assert.True(
                names.Count > 0 || IsOpen(tests) || tests.StartsWith("comes with", StringComparison.Ordinal),
                $"{id} names neither a test nor the feature that it comes with, nor says that it has none yet.");
            foreach (var name in names)
                Assert.True(TestNames.Contains(name[(name.LastIndexOf('.') + 1)..]), $"{id} names {name}, and no test has that name.");
        }
    }

    [Fact]
    public void Every_requirement_of_an_RFC_names_tests_that_exist()
    {
        foreach (var file in Repository.Files("docs/rfc", "*.tsv"))
        {
            var rows = Repository.Read(file).Split('\n').Skip(1).Select(line => line.Split('\t'));
            foreach (var row in rows.Where(row => row.Length >= 5 && row[3] == "proved"))
            {
                foreach (var name in row[4].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    Assert.True(TestNames.Contains(name[(name.LastIndexOf('.') + 1)..]), $"{row[0]} names {name}, and no test has that name.");
            }
        }
    }

    /// <summary>The rows of the tables in docs/robustness.md: id, what must hold, its tests.</summary>
    internal static IEnumerable<(string Id, string Tests)> Rules() => Repository.Read("docs/robustness.md").Split('\n')
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Where(cells => cells.Length >= 5 && RuleId().IsMatch(cells[1]))
        .Select(cells => (cells[1], cells[3]));

    internal static bool IsOpen(string tests) => tests == "no test yet";

    private static bool Exists(string code)
    {
        if (code.Contains(' ', StringComparison.Ordinal) || code.StartsWith("dotnet", StringComparison.Ordinal))
            return true; // a command, or a piece of code, not a name
        if (code.Contains('/', StringComparison.Ordinal))
            return ExistsAsPath(code.TrimEnd('/'));
        return Word().Matches(code).All(word => Words.Contains(word.Value)) || Directory.Exists(Path.Combine(Repository.Root, "src", code)) ||
            Directory.Exists(Path.Combine(Repository.Root, "tests", code)) || ExistsAsPath(code);
    }

    private static bool ExistsAsPath(string path) =>
        Path.Exists(Path.Combine(Repository.Root, path)) || Repository.Files("src", "*.cs").Any(file => ('/' + file).Contains('/' + path, StringComparison.Ordinal));

    private static string WithoutBlocks(string markdown) => Block().Replace(markdown, "");

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?:void|Task|ValueTask) (\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"[Rr]obustness [A-Z]\d+(?:(?:, | and | to )[A-Z]\d+)*")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\b[VHPCASDTQFMWX]\d+\b")]
    private static partial Regex RuleId();
}
