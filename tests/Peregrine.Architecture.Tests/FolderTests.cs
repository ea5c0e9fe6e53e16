namespace Peregrine.Architecture.Tests;

/// <summary>Folders are rooms: who reads one need not read those above it (docs/architecture.md).</summary>
public sealed class FolderTests
{
    /// <summary>
    /// Knots that are still to be untied, as the folders that reach one another: exactly these, so that one that shrinks is taken down
    /// here and
    /// none grows. Wire, Tls and Quic.Core have none, and get none.
    /// </summary>
    private static readonly Dictionary<string, string[]> Knots = new(StringComparer.Ordinal)
    {
        ["Peregrine.Quic"] = ["Connections Diagnostics Endpoints Listening Options Security Sockets Streams"],
        ["Peregrine.Http3"] = ["Connections Datagrams Extensions Frames Messages Requests Streams"],
        ["Peregrine.WebTransport"] = ["Certificates Server", "Datagrams Diagnostics Sessions Streams"],
    };

    [Theory]
    [InlineData("Peregrine.Wire")]
    [InlineData("Peregrine.Tls")]
    [InlineData("Peregrine.Quic.Core")]
    [InlineData("Peregrine.Quic")]
    [InlineData("Peregrine.Http3")]
    [InlineData("Peregrine.WebTransport")]
    public void The_folders_of_a_project_form_a_graph_without_cycles_but_for_the_knots_of_the_list(string project)
    {
        var graph = FolderGraph.Of(project);
        var known = Knots.GetValueOrDefault(project, []).Order(StringComparer.Ordinal);
        var found = graph.Cycles().Select(cycle => string.Join(' ', cycle)).Order(StringComparer.Ordinal);
        Assert.True(known.SequenceEqual(found, StringComparer.Ordinal), $"{project}: the knots are not those of the list.\n{Describe(graph)}");
    }

    [Fact]
    public void The_core_has_the_order_of_the_architecture()
    {
        // Each folder may use those before it, and those beside it only as the row says.
        string[][] order =
        [
            ["Errors"], ["Identifiers"], ["Packets"], ["Frames"], ["Events"], ["Sending"],
        ];
        var rank = order.SelectMany((row, index) => row.Select(folder => (folder, index))).ToDictionary(pair => pair.folder, pair => pair.index);
        var graph = FolderGraph.Of("Peregrine.Quic.Core");
        foreach (var arrow in graph.Arrows.Where(arrow => rank.ContainsKey(arrow.From)))
            Assert.True(rank.GetValueOrDefault(arrow.To, int.MaxValue) < rank[arrow.From], $"{arrow.From} may not use {arrow.To}: {graph.Example(arrow)}");
        foreach (var arrow in graph.Arrows.Where(arrow => arrow.To is "Connections" or "Endpoints"))
            Assert.True(arrow.From is "Endpoints", $"{arrow.From} may not use {arrow.To}: {graph.Example(arrow)}");
    }

    private static string Describe(FolderGraph graph) =>
        string.Join("\n", graph.Cycles().Select(cycle => $"{string.Join(" ", cycle)} reach one another:\n" + string.Join("\n", graph.Arrows
            .Where(arrow => cycle.Contains(arrow.From) && cycle.Contains(arrow.To))
            .Select(arrow => $"  {arrow.From} → {arrow.To}: {graph.Example(arrow)}"))));
}
