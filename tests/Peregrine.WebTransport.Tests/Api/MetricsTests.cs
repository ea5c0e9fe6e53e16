using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Peregrine.WebTransport.Tests;

[Trait("Review", "P10")]
public sealed class MetricsTests
{
    [Fact]
    public async Task The_meter_counts_sessions_streams_and_datagrams()
    {
        var sums = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name is "Peregrine.WebTransport")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>(
            (instrument, _, _, _) => sums.AddOrUpdate(instrument.Name, 1, (_, sum) => sum + 1));
        await using (var loopback = await Loopback.StartAsync())
        {
            await using var pair = await loopback.ConnectPairAsync();
            listener.Start();
            var before = Read(listener, sums);
            await using var sent = await pair.Client.OpenBidirectionalStreamAsync().Soon();
            await using var accepted = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
            await pair.Client.SendDatagramAsync(new byte[1]).Soon();
            await pair.Server.ReceiveDatagramAsync(new byte[1]).Soon();
            var after = Read(listener, sums);

            // Other tests of the process add to the same numbers, and never take away.
            Assert.True(after["peregrine.webtransport.streams.opened"] >= before["peregrine.webtransport.streams.opened"] + 2);
            Assert.True(after["peregrine.webtransport.datagrams.sent"] > before["peregrine.webtransport.datagrams.sent"]);
            Assert.True(after["peregrine.webtransport.datagrams.received"] > before["peregrine.webtransport.datagrams.received"]);
            Assert.True(after["peregrine.webtransport.active_sessions"] >= 2);
            Assert.True(after.ContainsKey("peregrine.webtransport.datagrams.dropped"));
        }

        Assert.True(sums["peregrine.webtransport.session.duration"] >= 2);
    }

    private static Dictionary<string, double> Read(MeterListener listener, ConcurrentDictionary<string, double> sums)
    {
        foreach (var name in sums.Keys.Where(name => !name.EndsWith("duration", StringComparison.Ordinal)))
            sums[name] = 0;
        listener.RecordObservableInstruments();
        return new Dictionary<string, double>(sums, StringComparer.Ordinal);
    }
}
