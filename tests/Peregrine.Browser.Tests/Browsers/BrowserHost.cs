using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>
/// What all browser tests share: one listener, one page server, and each browser started once, when its first test begins. Each scenario
/// dials a path of its own, so that a test gets its own sessions and no other's.
/// </summary>
public sealed class BrowserHost : IAsyncLifetime
{
    /// <summary>How long anything may take: a slow machine should pass, a hang should not last.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly X509Certificate2 _certificate = WebTransportCertificate.CreateSelfSigned();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WebTransportRequest>> _expected = new(StringComparer.Ordinal);
    private readonly Dictionary<BrowserKind, OpenBrowser> _browsers = [];
    private readonly CancellationTokenSource _stopping = new();
    private PageServer _pages = null!;
    private WebTransportListener _listener = null!;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The origin of every page.</summary>
    internal string OriginOfPages => _pages.Address;

    /// <summary>Origins, with the authority they asked for, that the listener's default policy refused.</summary>
    internal ConcurrentQueue<(string? Origin, string Authority)> RefusedOrigins { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _pages = await PageServer.StartAsync();
        _listener = await WebTransportListener.ListenAsync(new WebTransportListenerOptions
        {
            ServerCertificate = _certificate,
            OriginPolicy = WebTransportOriginPolicy.Custom(AllowsOrigin),
        });
        _accepting = AcceptAsync(_stopping.Token);
    }

    /// <summary>
    /// Begins a scenario of the page. Without the browser the test fails where CI=true, and is skipped elsewhere.
    /// </summary>
    /// <param name="kind">The browser.</param>
    /// <param name="scenario">Its name in scenarios.js.</param>
    /// <param name="arguments">What the page gets as t.arguments.</param>
    /// <param name="host">The name or address the page dials.</param>
    /// <param name="hash">The certificate hash it trusts; the right one when null.</param>
    internal Scenario Start(BrowserKind kind, string scenario, object? arguments = null, string host = "127.0.0.1", string? hash = null)
    {
        var browser = BrowserOf(kind);
        var path = "/" + Guid.NewGuid();
        var request = _expected.GetOrAdd(path, _ => new TaskCompletionSource<WebTransportRequest>(TaskCreationOptions.RunContinuationsAsynchronously));
        var url = new Uri($"https://{host}:{_listener.LocalEndPoint.Port}{path}");
        var report = _pages.Run(kind, scenario, url, hash ?? Convert.ToHexStringLower(WebTransportCertificate.Hash(_certificate)), arguments);
        return new Scenario(url.Authority, browser, request.Task, report);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers.Values)
            await browser.DisposeAsync();
        await _stopping.CancelAsync();
        await _accepting;
        await _listener.DisposeAsync();
        await _pages.DisposeAsync();
        _certificate.Dispose();
        _stopping.Dispose();
    }

    private OpenBrowser BrowserOf(BrowserKind kind)
    {
        lock (_browsers)
        {
            if (!_browsers.TryGetValue(kind, out var browser))
                browser = _browsers[kind] = OpenBrowser.Open(kind, _pages);
            return browser;
        }
    }

    private bool AllowsOrigin(string? origin, string authority)
    {
        var allowed = WebTransportOriginPolicy.SameHost.Allows(origin, authority);
        if (!allowed)
            RefusedOrigins.Enqueue((origin, authority));
        return allowed;
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var request = await _listener.AcceptAsync(cancellationToken);
                if (_expected.TryRemove(request.Path, out var waiting))
                    waiting.TrySetResult(request);
                else
                    await request.RejectAsync(404, cancellationToken: cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
