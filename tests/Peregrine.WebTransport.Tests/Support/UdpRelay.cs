using System.Net;
using System.Net.Sockets;

namespace Peregrine.WebTransport.Tests;

/// <summary>Stands between one client and a server, and can fall silent as a cut cable does.</summary>
internal sealed class UdpRelay : IAsyncDisposable
{
    private readonly UdpClient _front = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly UdpClient _back = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loops;
    private IPEndPoint? _client;
    private volatile bool _isSilent;

    public UdpRelay(int serverPort)
    {
        var server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _loops = Task.WhenAll(ForwardAsync(_front, () => server, from => _client = from), ForwardAsync(_back, () => _client, _ => { }));
    }

    public int Port => ((IPEndPoint)_front.Client.LocalEndPoint!).Port;

    public void Silence() => _isSilent = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        _front.Dispose();
        _back.Dispose();
        _stop.Dispose();
    }

    private async Task ForwardAsync(UdpClient receiver, Func<IPEndPoint?> to, Action<IPEndPoint> seen)
    {
        var sender = receiver == _front ? _back : _front;
        while (true)
        {
            try
            {
                var datagram = await receiver.ReceiveAsync(_stop.Token);
                seen(datagram.RemoteEndPoint);
                if (!_isSilent && to() is { } target)
                    await sender.SendAsync(datagram.Buffer, target, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // An unreachable port tells on the next call; it is no matter here.
            }
        }
    }
}
