using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// Several streams both ways and datagrams over a link that loses, reorders, repeats and corrupts; then a close, and nothing may be left.
/// Everything follows from the seed.
/// </summary>
internal static class MixedScenario
{
    public static void Run(ulong seed, LinkConditions conditions, TransferPlan plan, Action<SimulatedNetwork>? configure = null)
    {
        var simulation = new SimulatedNetwork(seed, conditions);
        configure?.Invoke(simulation);
        Transfer? server = null;
        simulation.Server.Accept = connection => server = new Transfer(connection, plan);
        var connection = simulation.Client.Connect(simulation.Server, c => new Transfer(c, plan));
        var client = (Transfer)connection.Application!;

        var done = simulation.Run(() => (client.IsDone && server is { IsDone: true }) || connection.Engine.IsClosed, Duration.FromSeconds(300));
        Assert.True(done, $"Not done in 300 s: client {client.FinishedStreams}, server {server?.FinishedStreams} of {plan.TotalStreams} streams.");
        Assert.True(client.IsDone && server!.IsDone, $"Closed early: {connection.Engine.Fault}; server: {server?.Closed}.");

        connection.Engine.Close(QuicFault.ApplicationClose(0, "done"), simulation.Clock.Now);
        simulation.Client.Pump(connection);
        simulation.Run(Duration.FromSeconds(700)); // whoever missed the close times out
        foreach (var each in simulation.Client.Connections.Concat(simulation.Server.Connections))
            each.Invariants.AtEnd();
        Assert.Equal(0, simulation.Client.Endpoint.RoutedIdCount);
        Assert.Equal(0, simulation.Server.Endpoint.RoutedIdCount);
    }
}
