using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

public sealed class HandshakeTests
{
    private static readonly TransferPlan Small = new(2, 1, 5_000, 3);

    [Fact]
    public void A_connection_opens_moves_bytes_both_ways_and_closes()
    {
        var simulation = new SimulatedNetwork(1);
        Transfer? server = null;
        simulation.Server.Accept = connection => server = new Transfer(connection, Small);
        var connection = simulation.Client.Connect(simulation.Server, c => new Transfer(c, Small));
        var client = (Transfer)connection.Application!;

        var done = simulation.Run(() => client.IsDone && server is { IsDone: true }, Duration.FromSeconds(20));
        Assert.True(done, $"client {client.FinishedStreams}, server {server?.FinishedStreams} of {Small.TotalStreams}; {connection.Engine.Fault}; {server?.Closed}");

        connection.Engine.Close(QuicFault.ApplicationClose(7, "done"), simulation.Clock.Now);
        simulation.Client.Pump(connection);
        simulation.Run(Duration.FromSeconds(10));
        Assert.Equal(7ul, server!.Closed!.Code);
        Assert.Equal("done", server.Closed.Reason);
        foreach (var each in simulation.Client.Connections.Concat(simulation.Server.Connections))
            each.Invariants.AtEnd();
        Assert.Equal(0, simulation.Server.Endpoint.RoutedIdCount);
    }
}
