namespace Peregrine.Bench;

/// <summary>All tests, in the order in which they run.</summary>
internal static class BenchTests
{
    public static IReadOnlyList<BenchTest> All { get; } =
        [new BulkTest(), new DatagramTest(), new PingTest(), new HandshakeTest(), new StreamsTest(), new IdleTest()];
}
