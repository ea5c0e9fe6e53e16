using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Peregrine.Browser.Tests;

/// <summary>
/// The HTTP side of the tests: serves the page below one folder for each browser, hands it the next scenario (a long poll), and takes
/// what the page posts about it.
/// </summary>
internal sealed class PageServer : IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromSeconds(20);
    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<BrowserKind, Channel<PageTask>> _tasks = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<JsonElement>> _results = new();

    private PageServer(WebApplication application) => _application = application;

    public static async Task<PageServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new PageServer(builder.Build());
        server._application.Run(server.ServeAsync);
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Where it is: the origin of its pages.</summary>
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public Uri PageOf(BrowserKind kind) => new($"{Address}/{kind}/");

    /// <summary>Gives a scenario to the browser's page. The result faults when the page reports an error.</summary>
    public Task<JsonElement> Run(BrowserKind kind, string scenario, Uri url, string hash, object? arguments)
    {
        var task = new PageTask(Guid.NewGuid(), scenario, url.AbsoluteUri, hash, arguments);
        var result = _results[task.Id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        TasksOf(kind).Writer.TryWrite(task);
        return result.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
    }

    private Channel<PageTask> TasksOf(BrowserKind kind) => _tasks.GetOrAdd(kind, _ => Channel.CreateUnbounded<PageTask>());

    private async Task ServeAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is [var name, .. var rest] && Enum.TryParse<BrowserKind>(name, out var kind))
        {
            switch (rest)
            {
                case []: await SendAsync(http, "text/html", "page.html"); return;
                case ["scenarios.js"]: await SendAsync(http, "text/javascript", "scenarios.js"); return;
                case ["next"]: await NextAsync(http, kind); return;
                case ["result", var id]: await ResultAsync(http, Guid.Parse(id)); return;
            }
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static async Task SendAsync(HttpContext http, string type, string resource)
    {
        http.Response.ContentType = type + "; charset=utf-8";
        await using var content = typeof(PageServer).Assembly.GetManifestResourceStream(resource)!;
        await content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private async Task NextAsync(HttpContext http, BrowserKind kind)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(PollTime);
        try
        {
            var task = await TasksOf(kind).Reader.ReadAsync(limit.Token);
            await http.Response.WriteAsJsonAsync(task, Json);
        }
        catch (OperationCanceledException)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private async Task ResultAsync(HttpContext http, Guid id)
    {
        var report = await JsonSerializer.DeserializeAsync<JsonElement>(http.Request.Body, Json);
        if (!_results.TryRemove(id, out var result))
            return;
        if (report.TryGetProperty("error", out var error))
            result.TrySetException(new PageException(error.GetString()!));
        else
            result.TrySetResult(report.GetProperty("value"));
    }

    private sealed record PageTask(Guid Id, string Scenario, string Url, string Hash, object? Arguments);
}
