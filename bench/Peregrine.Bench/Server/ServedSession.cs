using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>One session on the server: its datagrams are counted or sent back, its streams answered. Owns the counters.</summary>
internal sealed class ServedSession
{
    private readonly WebTransportSession _session;
    private readonly bool _isEcho;
    private long _datagrams;
    private long _datagramBytes;

    private ServedSession(WebTransportSession session, bool isEcho)
    {
        _session = session;
        _isEcho = isEcho;
    }

    public (long Datagrams, long Bytes) Received => (Interlocked.Read(ref _datagrams), Interlocked.Read(ref _datagramBytes));

    /// <summary>Serves the session a request asks for until it ends. Never fails: what goes wrong is printed.</summary>
    public static async Task RunAsync(WebTransportRequest request)
    {
        try
        {
            await using var session = await request.AcceptAsync();
            var served = new ServedSession(session, string.Equals(request.Path, SessionPath.Echo, StringComparison.Ordinal));
            await Task.WhenAll(served.ReceiveDatagramsAsync(), served.AcceptStreamsAsync());
        }
        catch (WebTransportException)
        {
            // The client ended the session, which is how each ends.
        }
#pragma warning disable CA1031 // One session must not take the others along.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"A session failed: {error}");
        }
    }

    private async Task ReceiveDatagramsAsync()
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(65536);
        while (true)
        {
            var length = await _session.ReceiveDatagramAsync(buffer);
            Interlocked.Increment(ref _datagrams);
            Interlocked.Add(ref _datagramBytes, length);
            if (_isEcho)
                await _session.SendDatagramAsync(buffer[..length]);
        }
    }

    private async Task AcceptStreamsAsync()
    {
        while (true)
            _ = ServedStream.RunAsync(await _session.AcceptBidirectionalStreamAsync(), this);
    }
}
