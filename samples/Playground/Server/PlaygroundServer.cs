using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Peregrine.Samples;
using Peregrine.WebTransport;

namespace Playground;

/// <summary>The server: a certificate, a WebTransport listener, the page, and a clean end when it is asked to stop.</summary>
internal sealed class PlaygroundServer
{
    private const int UsualPort = 4433;

    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(3);

    private readonly WebTransportListener _listener;
    private readonly ConcurrentDictionary<int, WebTransportSession> _sessions = new();
    private int _sessionCount;

    private PlaygroundServer(WebTransportListener listener) => _listener = listener;

    /// <summary>Runs until Ctrl-C or SIGTERM. The exit code is 0 then, and 1 when a port could not be had.</summary>
    public static async Task<int> RunAsync(ServeCommand command)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        using var certificate = WebTransportCertificate.CreateSelfSigned();
        var hash = Convert.ToHexStringLower(WebTransportCertificate.Hash(certificate));
        try
        {
            await using var listener = await ListenAsync(command.Port, new WebTransportListenerOptions { ServerCertificate = certificate });
            await using var page = await PageHost.StartAsync(command.HttpPort, listener.LocalEndPoint.Port, Exchange.Paths[0], hash);
            Banner.Print(listener.LocalEndPoint, page.Port, certificate, hash);
            await new PlaygroundServer(listener).ServeAsync(stop.Task);
            return 0;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static async Task<WebTransportListener> ListenAsync(int? port, WebTransportListenerOptions options)
    {
        var any = options.ListenEndPoint.Address;
        options.ListenEndPoint = new IPEndPoint(any, port ?? UsualPort);
        try
        {
            return await WebTransportListener.ListenAsync(options);
        }
        catch (Exception error) when (port is null && error is IOException or SocketException)
        {
            options.ListenEndPoint = new IPEndPoint(any, 0);
            return await WebTransportListener.ListenAsync(options);
        }
    }

    private async Task ServeAsync(Task stop)
    {
        using var stopping = new CancellationTokenSource();
        var accepting = AcceptAsync(stopping.Token);
        await Task.WhenAny(stop, accepting);
        await stopping.CancelAsync();
        await accepting;

        var open = _sessions.Values.ToArray();
        Banner.Line(open.Length == 0 ? "stopping" : $"stopping; closing {open.Length} {(open.Length == 1 ? "session" : "sessions")}");
        using var limit = new CancellationTokenSource(FarewellTime);
        await Task.WhenAll(open.Select(session => SayFarewellAsync(session, limit.Token)));
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var request = await _listener.AcceptAsync(cancellationToken);
                _ = HandleAsync(request);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task HandleAsync(WebTransportRequest request)
    {
        try
        {
            var path = request.Path;
            if (!Exchange.Paths.Contains(path, StringComparer.Ordinal))
            {
                await request.RejectAsync(404);
                return;
            }

            var number = Interlocked.Increment(ref _sessionCount);
            await using var session = await request.AcceptAsync();
            _sessions[number] = session;
            Banner.Line($"session {number} from {request.RemoteEndPoint} at {path}");
            await new SessionHost(session).RunAsync();
            var how = await session.Closed;
            _sessions.TryRemove(number, out _);
            Banner.Line($"session {number} closed: {Describe(how)}");
        }
        catch (WebTransportException)
        {
            // The client left before it had its answer.
        }
    }

    private static async Task SayFarewellAsync(WebTransportSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.CloseAsync(0, Exchange.Farewell, cancellationToken);
        }
        catch (Exception error) when (error is WebTransportException or OperationCanceledException)
        {
            // It was over already, or its client does not answer.
        }
    }

    private static string Describe(WebTransportCloseInfo how)
    {
        var reason = how.Reason.Length == 0 ? "" : $", \"{how.Reason}\"";
        return how.Initiator switch
        {
            WebTransportCloseInitiator.Local => $"by this side, code {how.Code}{reason}",
            WebTransportCloseInitiator.Peer => $"by the client, code {how.Code}{reason}",
            _ => $"the connection was lost ({how.ConnectionError?.Message})",
        };
    }
}
