using System.Net;
using System.Security.Cryptography.X509Certificates;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>The server's side: listens, announces itself, serves every session, until it is told to stop.</summary>
internal static class BenchServer
{
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken interrupted)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        using var certificate = options.CertificateFile is null
            ? WebTransportCertificate.CreateSelfSigned()
            : X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
        await using var listener = await WebTransportListener.ListenAsync(
            new WebTransportListenerOptions
            {
                ListenEndPoint = new IPEndPoint(IPAddress.IPv6Any, options.Port),
                ServerCertificate = certificate,
                ConnectionBacklog = 4096,
                OriginPolicy = WebTransportOriginPolicy.AllowAll,
                Socket = options.CreateSocketOptions(),
            },
            stopping.Token);

        var url = new Uri($"https://127.0.0.1:{listener.LocalEndPoint.Port}");
        Console.WriteLine(new ServerAnnouncement(url, WebTransportCertificate.Hash(certificate), Environment.ProcessId).ToLine());
        if (options.ExitsWithInput)
            StopWithInput(stopping);
        await AcceptAsync(listener, stopping.Token);
        return 0;
    }

    private static async Task AcceptAsync(WebTransportListener listener, CancellationToken stopping)
    {
        while (true)
        {
            WebTransportRequest request;
            try
            {
                request = await listener.AcceptAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _ = ServedSession.RunAsync(request);
        }
    }

    // A thread of its own, since a read of the console cannot be cancelled.
    private static void StopWithInput(CancellationTokenSource stopping)
    {
        new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            while (input.Read(new byte[64]) > 0)
            {
            }

            stopping.Cancel();
        })
        {
            IsBackground = true,
            Name = "standard input",
        }.Start();
    }
}
