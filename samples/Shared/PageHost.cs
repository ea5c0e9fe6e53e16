using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Peregrine.Samples;

/// <summary>
/// Serves the sample's page (the embedded resource <c>index.html</c>) on http://localhost, which browsers take for a secure context, and
/// tells
/// it in <c>/config.json</c> where the WebTransport server is.
/// </summary>
internal sealed class PageHost : IAsyncDisposable
{
    private const int UsualPort = 8080;
    private const int PortsToTry = 20;

    private readonly WebApplication _application;

    private PageHost(WebApplication application, int port)
    {
        _application = application;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Listens on the port that was asked for, or else on the first free one from 8080 on.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<PageHost> StartAsync(int? port, int webTransportPort, string path, string hash)
    {
        for (var candidate = port ?? UsualPort; ; candidate++)
        {
            var application = Build(candidate, webTransportPort, path, hash);
            try
            {
                await application.StartAsync();
                return new PageHost(application, candidate);
            }
            catch (IOException) when (port is null && candidate < UsualPort + PortsToTry)
            {
                await application.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Browsers keep their connections open; nothing on them is worth waiting for.
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
    }

    private static WebApplication Build(int port, int webTransportPort, string path, string hash)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenLocalhost(port);
        });
        var application = builder.Build();
        application.Run(http => http.Request.Path.Value switch
        {
            "/" => SendPageAsync(http.Response),
            "/config.json" => SendConfigurationAsync(http, webTransportPort, path, hash),
            _ => NotFound(http.Response),
        });
        return application;
    }

    private static async Task SendPageAsync(HttpResponse response)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // An isolated page gets a clock fine enough for round trips on loopback (5 to 20 µs instead of 100 µs to 1 ms).
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        response.Headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self' https:; base-uri 'none'; form-action 'none'";
        await using var page = typeof(PageHost).Assembly.GetManifestResourceStream("index.html")!;
        response.ContentLength = page.Length;
        await page.CopyToAsync(response.Body);
    }

    // The page dials the host name it was loaded from: the listener's origin policy asks for no less.
    private static Task SendConfigurationAsync(HttpContext http, int webTransportPort, string path, string hash) =>
        http.Response.WriteAsJsonAsync(new { url = $"https://{http.Request.Host.Host}:{webTransportPort}{path}", hash });

    private static Task NotFound(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
