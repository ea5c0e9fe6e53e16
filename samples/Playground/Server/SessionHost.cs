using System.Buffers.Binary;
using System.Text;
using Peregrine.WebTransport;

namespace Playground;

/// <summary>
/// Serves one session until it is over: takes its streams and datagrams, and sends back what <see cref="Exchange"/> asks for.
/// </summary>
internal sealed class SessionHost(WebTransportSession session)
{
    // The server's answer when a stream begins with a byte it does not know.
    private const uint UnknownCommand = 1;
    private const int LargestDatagram = 65536;

    public Task RunAsync() => Task.WhenAll(
        UntilOverAsync(BidirectionalStreamsAsync), UntilOverAsync(UnidirectionalStreamsAsync), UntilOverAsync(DatagramsAsync));

    private async Task BidirectionalStreamsAsync()
    {
        while (true)
        {
            var stream = await session.AcceptBidirectionalStreamAsync();
            _ = UntilOverAsync(() => CommandAsync(stream));
        }
    }

    private async Task UnidirectionalStreamsAsync()
    {
        while (true)
        {
            var stream = await session.AcceptUnidirectionalStreamAsync();
            _ = UntilOverAsync(() => ReturnAsync(stream));
        }
    }

    private async Task DatagramsAsync()
    {
        var buffer = new byte[LargestDatagram];
        while (true)
        {
            var length = await session.ReceiveDatagramAsync(buffer);

            // Nobody waits when there is no room: a datagram may get lost.
            session.TrySendDatagram(buffer.AsSpan(0, length));
        }
    }

    private async Task CommandAsync(WebTransportStream stream)
    {
        await using (stream)
        {
            var command = new byte[1];
            if (await stream.ReadAsync(command) == 0)
                return;
            switch (command[0])
            {
                case Exchange.Echo:
                    await stream.CopyToAsync(stream);
                    break;
                case Exchange.Upload:
                    await Transfers.CountAsync(stream);
                    break;
                case Exchange.Download:
                    await Transfers.SendAsync(stream);
                    break;
                case Exchange.TimedDownload:
                    await Transfers.SendForAsync(stream);
                    break;
                case Exchange.Open:
                    await OpenAsync();
                    break;
                case Exchange.Close:
                    await CloseAsync(stream);
                    break;
                default:
                    stream.Abort(WebTransportAbortDirection.Both, UnknownCommand);
                    break;
            }
        }
    }

    private async Task ReturnAsync(WebTransportStream received)
    {
        await using var incoming = received;
        await using var outgoing = await session.OpenUnidirectionalStreamAsync();
        await incoming.CopyToAsync(outgoing);
    }

    private async Task OpenAsync()
    {
        await using var opened = await session.OpenBidirectionalStreamAsync();
        await opened.WriteAsync(Encoding.UTF8.GetBytes($"Peregrine speaking, on stream {opened.Id} of this connection\n"));
        await opened.CopyToAsync(opened);
    }

    private async Task CloseAsync(WebTransportStream stream)
    {
        var code = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(code);
        var reason = new byte[1024];
        var length = await stream.ReadAtLeastAsync(reason, reason.Length, throwOnEndOfStream: false);
        await session.CloseAsync(BinaryPrimitives.ReadUInt32LittleEndian(code), Encoding.UTF8.GetString(reason, 0, length));
    }

    // A stream or session that ends early is everyday life for a server: `Closed` tells how, and the log has it.
    private static async Task UntilOverAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (IOException)
        {
        }
    }
}
