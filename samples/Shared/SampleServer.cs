using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Peregrine.WebTransport;

namespace Peregrine.Samples;

/// <summary>
/// What every sample's server does around its own code: a fresh certificate, a listener, the page, a line for each session, and a clean
/// end on
/// Ctrl-C. The usual ports are taken where they are free (4433, and 8080 for the page), others where they are not.
/// </summary>
internal static class SampleServer
{
    private const int UsualPort = 4433;

    /// <summary>How long sessions may take to finish when the sample is stopped.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(2);

    /// <summary>Runs until Ctrl-C or SIGTERM; the exit code of the program.</summary>
    public static async Task<int> RunAsync(
        string title, string path, Func<WebTransportRequest, CancellationToken, Task> serve, Func<string, string, string>? hint = null)
    {
        using var stopping = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var certificate = WebTransportCertificate.CreateSelfSigned();
        var hash = Convert.ToHexStringLower(WebTransportCertificate.Hash(certificate));

        await using var listener = await ListenAsync(new() { ServerCertificate = certificate });
        await using var page = await PageHost.StartAsync(null, listener.LocalEndPoint.Port, path, hash);
        var host = listener.LocalEndPoint.AddressFamily == AddressFamily.InterNetworkV6 ? "localhost" : "127.0.0.1";
        Console.WriteLine($"""

              {title}

              page           http://{host}:{page.Port}
              WebTransport   https://{host}:{listener.LocalEndPoint.Port}{path}
            {hint?.Invoke($"https://127.0.0.1:{listener.LocalEndPoint.Port}{path}", hash)}
              Open the page in two windows. Ctrl-C ends it.

            """);

        // The handlers go on when no new sessions are taken; their own token ends with the listener.
        var serving = listener.RunRequestsAsync(serve, CancellationToken.None);
        await Task.WhenAny(serving, Task.Delay(Timeout.Infinite, stopping.Token));
        Line("stopping");
        await listener.DrainAsync(FarewellTime, 0, $"{title} was stopped", CancellationToken.None);
        return 0;
    }

    public static void Line(string message) =>
        Console.WriteLine($"  {TimeProvider.System.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {message}");

    private static async Task<WebTransportListener> ListenAsync(WebTransportListenerOptions options)
    {
        var any = options.ListenEndPoint.Address;
        try
        {
            options.ListenEndPoint = new IPEndPoint(any, UsualPort);
            return await WebTransportListener.ListenAsync(options);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            options.ListenEndPoint = new IPEndPoint(any, 0);
            return await WebTransportListener.ListenAsync(options);
        }
    }
}
