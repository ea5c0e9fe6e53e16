using System.Text.RegularExpressions;

namespace Peregrine.Architecture.Tests;

/// <summary>The arrows between projects, as the README and docs/architecture.md draw them.</summary>
public sealed partial class ProjectTests
{
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Peregrine.Wire"] = [],
        ["Peregrine.Tls"] = ["Peregrine.Wire"],
        ["Peregrine.Quic.Core"] = ["Peregrine.Tls"],
        ["Peregrine.Quic"] = ["Peregrine.Quic.Core"],
        ["Peregrine.Http3"] = ["Peregrine.Quic"],
        ["Peregrine.WebTransport"] = ["Peregrine.Http3"],
    };

    [Fact]
    public void A_project_refers_to_the_one_below_it_and_to_nothing_else()
    {
        foreach (var project in Repository.Files("src", "*.csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var references = Reference().Matches(Repository.Read(project)).Select(match => match.Groups[1].Value);
            Assert.True(Arrows.ContainsKey(name), $"{name} is not in the list of projects.");
            Assert.Equal(Arrows[name], references);
        }
    }

    [Fact]
    public void Internals_are_visible_to_the_core_and_to_tests_only()
    {
        string[] sealedTogether = ["Peregrine.Wire", "Peregrine.Tls", "Peregrine.Quic.Core", "Peregrine.Quic"];
        foreach (var project in Repository.Files("src", "*.csproj"))
        {
            var friends = Friend().Matches(Repository.Read(project)).Select(match => match.Groups[1].Value);
            var strangers = friends.Where(friend => !friend.EndsWith("Tests", StringComparison.Ordinal) && friend != "Peregrine.Simulation" &&
                !(sealedTogether.Contains(friend) && sealedTogether.Contains(Path.GetFileNameWithoutExtension(project))));
            Assert.True(!strangers.Any(), $"{project} shows its internals to {string.Join(", ", strangers)}.");
        }
    }

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*?([^/""]+)\.csproj""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"<InternalsVisibleTo Include=""([^""]+)""")]
    private static partial Regex Friend();
}
