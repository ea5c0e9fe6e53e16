using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Peregrine.WebTransport.Tests;

/// <summary>
/// Stands between one client and a server, can fall silent as a cut cable does, and can hold back what the client sends, to let all of it
/// arrive at once.
/// </summary>
internal sealed class UdpRelay : IAsyncDisposable
{
    private readonly UdpClient _front = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly UdpClient _back = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Task _loops;
    private IPEndPoint? _client;
    private readonly ConcurrentQueue<byte[]> _held = new();
    private volatile bool _isSilent;
    private volatile bool _isHolding;

    public UdpRelay(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _loops = Task.WhenAll(ForwardAsync(_front, () => _server, from => _client = from), ForwardAsync(_back, () => _client, _ => { }));
    }

    public int Port => ((IPEndPoint)_front.Client.LocalEndPoint!).Port;

    /// <summary>The length of the longest packet that is held back.</summary>
    public int LongestHeld => _held.Select(static datagram => datagram.Length).DefaultIfEmpty().Max();

    public void Silence() => _isSilent = true;

    public void Speak() => _isSilent = false;

    public void Hold() => _isHolding = true;

    public async Task ReleaseAsync()
    {
        // What comes meanwhile queues behind the rest.
        await SendHeldAsync();
        _isHolding = false;
        await SendHeldAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        _front.Dispose();
        _back.Dispose();
        _stop.Dispose();
    }

    private async Task SendHeldAsync()
    {
        while (_held.TryDequeue(out var datagram))
            await _back.SendAsync(datagram, _server, _stop.Token);
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
                if (_isHolding && receiver == _front)
                    _held.Enqueue(datagram.Buffer);
                else if (!_isSilent && to() is { } target)
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
