using Peregrine.Mutate;

namespace Peregrine.Architecture.Tests;

/// <summary>The lists of tests/mutate keep up with the code; the run itself is a command (tests/mutate/README.md).</summary>
public sealed class MutationTests
{
    private static readonly IReadOnlyList<Defence> Defences = Defence.ReadAll(Path.Combine(Repository.Root, "tests", "mutate"));

    [Fact(Skip = "Open: issue 5 is not finished; this lists what is left when it is run without Skip.")]
    public void Every_defence_stands_where_its_entry_says()
    {
        Assert.NotEmpty(Defences);
        var faults = Defences.Select(entry => entry.Fault(Repository.Root)).OfType<string>().ToList();
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact(Skip = "Open: issue 5 is not finished; this lists what is left when it is run without Skip.")]
    public void Every_defence_names_a_test_that_exists()
    {
        foreach (var group in Defences.GroupBy(entry => entry.Project, StringComparer.Ordinal))
        {
            Assert.True(Directory.Exists(Path.Combine(Repository.Root, "tests", group.Key)), $"{group.First().Place}: there is no project {group.Key}.");
            var sources = string.Join('\n', Repository.Files($"tests/{group.Key}", "*.cs").Select(Repository.Read));
            foreach (var entry in group)
                Assert.True(sources.Contains($" {entry.Test}", StringComparison.Ordinal), $"{entry.Place}: {entry.Project} has no test named {entry.Test}…");
        }
    }

    [Fact(Skip = "Open: issue 5 is not finished; this lists what is left when it is run without Skip.")]
    public void Every_robustness_rule_that_is_held_is_in_a_list()
    {
        var listed = Defences.Select(entry => entry.Title.Split(':')[0].Split(' ')[0].TrimEnd(',')).ToHashSet(StringComparer.Ordinal);
        var missing = DocumentTests.Rules().Where(rule => !rule.Tests.Contains("comes with", StringComparison.Ordinal) && !listed.Contains(rule.Id)).Select(rule => rule.Id).ToList();
        Assert.True(missing.Count == 0, $"No entry of tests/mutate takes out: {string.Join(", ", missing)}");
    }
}
