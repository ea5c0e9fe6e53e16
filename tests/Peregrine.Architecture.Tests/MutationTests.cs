using Peregrine.Mutate;

namespace Peregrine.Architecture.Tests;

/// <summary>The lists of tests/mutate keep up with the code; the run itself is a command (tests/mutate/README.md).</summary>
public sealed class MutationTests
{
    private static readonly IReadOnlyList<Defence> Defences = Defence.ReadAll(Path.Combine(Repository.Root, "tests", "mutate"));

    /// <summary>
    /// Rules whose tests exist and have not been tried by taking the defence out. A rule that gets its entry leaves this list.
    /// </summary>
    private static readonly string[] NotYetListed =
    [
        "V2", "V3", "V4", "V5", "V6", "V7", "V9", "H1", "H4", "H5", "H6", "H7", "H8", "H12", "H13", "H15", "H18", "C1",
        "C4", "A1", "A3", "A4", "A6", "A7", "S3", "S6", "S8", "S10", "T1", "T2", "T3", "T4", "T7", "T8", "T11", "T12",
        "T13", "Q1", "Q2", "Q3", "Q8", "F1", "F2", "F3", "F4", "F5", "F6", "M1", "M2", "M3", "W2", "X6",
    ];

    [Fact]
    public void Every_defence_stands_where_its_entry_says()
    {
        Assert.NotEmpty(Defences);
        var faults = Defences.Select(entry => entry.Fault(Repository.Root)).OfType<string>().ToList();
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
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

    [Fact]
    public void Every_robustness_rule_that_is_held_is_in_a_list()
    {
        var listed = Defences.Select(entry => entry.Title.Split(':')[0].Split(' ')[0].TrimEnd(',')).ToHashSet(StringComparer.Ordinal);
        var missing = DocumentTests.Rules()
            .Where(rule => !rule.Tests.StartsWith("comes with", StringComparison.Ordinal) && !DocumentTests.IsOpen(rule.Tests))
            .Select(rule => rule.Id).Where(id => !listed.Contains(id) && !NotYetListed.Contains(id)).ToList();
        Assert.True(missing.Count == 0, $"No entry of tests/mutate takes out: {string.Join(", ", missing)}");
        var done = NotYetListed.Where(listed.Contains).ToList();
        Assert.True(done.Count == 0, $"These have an entry now and leave the list: {string.Join(", ", done)}");
    }
}
