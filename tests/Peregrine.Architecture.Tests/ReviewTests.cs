using System.Text.RegularExpressions;

namespace Peregrine.Architecture.Tests;

/// <summary>
/// The first slice was read and attacked, and what was found has ids. Each has a test with <c>[Trait("Review", id)]</c>, named for what
/// happens,
/// so that <c>--filter-trait Review=D1</c> runs what keeps it mended.
/// </summary>
public sealed partial class ReviewTests
{
    private static IEnumerable<string> Ids =>
    [
        .. Enumerable.Range(1, 18).Select(number => $"D{number}"),
        .. Enumerable.Range(1, 26).Select(number => $"U{number}"), "U1b",
        .. Enumerable.Range(1, 15).Select(number => $"N{number}"),
        .. Enumerable.Range(1, 9).Select(number => $"X{number}"),
    ];

    /// <summary>What no test shows yet, mended or not. An id that gets its test leaves this list.</summary>
    private static readonly string[] Open =
    [
        "U1", "U1b", "U3", "U6", "U7", "U8", "U10", "U14", "U15", "U16", "U17", "U21", "N1", "N4", "N5", "N6", "N10", "N11", "N13", "N15",
        "X4", "X5", "X6", "X7",
    ];

    [Fact]
    public void Every_finding_of_the_review_has_a_test_that_names_it_or_is_listed_as_open()
    {
        var named = Repository.Files("tests", "*.cs").SelectMany(file => Trait().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value)).ToHashSet();
        var missing = Ids.Where(id => !named.Contains(id) && !Open.Contains(id)).ToList();
        Assert.True(missing.Count == 0, $"No test has a trait for: {string.Join(", ", missing)}");
        var done = Open.Where(named.Contains).ToList();
        Assert.True(done.Count == 0, $"These have a test now and leave the list of open ones: {string.Join(", ", done)}");
    }

    [GeneratedRegex(@"Trait\(""Review"", ""([A-Z0-9a-z]+)""\)")]
    private static partial Regex Trait();
}
