using System.Text.Json;
using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>A scenario under way in a page: the request it makes of the server, and the report it posts at its end.</summary>
internal sealed class Scenario(string authority, OpenBrowser browser, Task<WebTransportRequest> request, Task<JsonElement> report)
{
    /// <summary>The host and port the page dials.</summary>
    public string Authority => authority;

    /// <summary>Whether the page's request has reached the application.</summary>
    public bool HasRequest => request.IsCompleted;

    public Task<WebTransportRequest> RequestAsync() => InTimeAsync(request);

    public async Task<WebTransportSession> AcceptAsync() => await InTimeAsync((await RequestAsync()).AcceptAsync().AsTask());

    /// <summary>What the page saw. Throws <see cref="PageException"/> when the scenario failed there.</summary>
    public Task<JsonElement> ReportAsync() => browser.WaitAsync(report, BrowserHost.Limit);

    /// <summary>Waits for something on the server's side, but not in vain: a scenario that fails in the page says why at once.</summary>
    public async Task<T> InTimeAsync<T>(Task<T> task)
    {
        if (await browser.WaitAsync(Task.WhenAny(task, report), BrowserHost.Limit) == report && report.IsFaulted)
            await report;
        return await browser.WaitAsync(task, BrowserHost.Limit);
    }

    /// <inheritdoc cref="InTimeAsync{T}(Task{T})"/>
    public Task<T> InTimeAsync<T>(ValueTask<T> task) => InTimeAsync(task.AsTask());
}
