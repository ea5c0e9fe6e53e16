namespace Peregrine.Browser.Tests;

/// <summary>A browser that was started once for all tests, on the page that asks for scenarios.</summary>
internal sealed class OpenBrowser(BrowserProcess process) : IAsyncDisposable
{
    public static OpenBrowser Open(BrowserKind kind, PageServer pages) =>
        new(BrowserProcess.Start(kind, BrowserProgram.FindOrSkip(kind), pages.PageOf(kind)));

    /// <summary>Waits for what the page reports, and no longer than the browser lives and <paramref name="limit"/> allows.</summary>
    public async Task<T> WaitAsync<T>(Task<T> awaited, TimeSpan limit)
    {
        var first = await Task.WhenAny(awaited, process.Exited, Task.Delay(limit));
        if (first == awaited)
            return await awaited;
        var what = process.Exited.IsCompleted ? "The browser has ended." : $"Nothing happened within {limit.TotalSeconds} s.";
        throw new TimeoutException($"{what} Its last lines:{Environment.NewLine}{process.LastLines}");
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
