using System.Diagnostics;
using Peregrine.WebTransport;

namespace Playground;

/// <summary>Runs every exchange against a server and prints what came of it.</summary>
internal static class ExchangeClient
{
    private static readonly TimeSpan LimitOfEach = TimeSpan.FromSeconds(60);

    /// <summary>The exit code is 0 when every exchange succeeded.</summary>
    public static async Task<int> RunAsync(ClientCommand command)
    {
        var table = new ResultTable();
        var began = Stopwatch.GetTimestamp();
        WebTransportSession session;
        try
        {
            session = await ConnectAsync(command);
        }
        catch (WebTransportException error)
        {
            await Console.Error.WriteLineAsync($"No session with {command.Url}: {error.Message}");
            return 1;
        }

        await using (session)
        {
            Console.WriteLine();
            table.Begin(command.Url);
            table.Add(new Outcome("Connection and session", "ready", Stopwatch.GetElapsedTime(began)));
            var exchanges = new Exchanges(session);
            await RunAsync(table, "Bidirectional echo", exchanges.EchoAsync);
            await RunAsync(table, "Twenty streams at once", exchanges.ManyStreamsAsync);
            await RunAsync(table, "Unidirectional, both ways", exchanges.UnidirectionalAsync);
            await RunAsync(table, "A stream opened by the server", exchanges.OpenedByServerAsync);
            await RunAsync(table, "Datagrams", exchanges.DatagramsAsync);
            await RunAsync(table, "Round trip, stream", exchanges.StreamRoundTripsAsync);
            await RunAsync(table, "Round trip, datagram", exchanges.DatagramRoundTripsAsync);
            await RunAsync(table, "Upload", exchanges.UploadAsync);
            await RunAsync(table, "Download", exchanges.DownloadAsync);
            await RunAsync(table, "Close by the server", exchanges.CloseByServerAsync);
        }

        await RunAsync(table, "Close by this side", async cancellationToken =>
        {
            await using var another = await ConnectAsync(command);
            return await new Exchanges(another).CloseByClientAsync(cancellationToken);
        });
        table.End();
        return table.Failures == 0 ? 0 : 1;
    }

    private static async Task RunAsync(ResultTable table, string name, Func<CancellationToken, Task<Measured>> exchange)
    {
        using var limit = new CancellationTokenSource(LimitOfEach);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var measured = await exchange(limit.Token);
            table.Add(new Outcome(name, measured.Result, measured.Time ?? Stopwatch.GetElapsedTime(began), measured.Bytes));
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OperationCanceledException)
        {
            var why = limit.IsCancellationRequested ? $"nothing came within {LimitOfEach.TotalSeconds:0} s" : error.Message;
            table.Add(new Outcome(name, why, Stopwatch.GetElapsedTime(began), Failed: true));
        }
    }

    private static async Task<WebTransportSession> ConnectAsync(ClientCommand command)
    {
        var options = new WebTransportClientOptions();
        if (command.Hash is { } hash)
            options.ServerCertificateHashes.Add(hash);
        return await WebTransportClient.ConnectAsync(command.Url, options);
    }
}
