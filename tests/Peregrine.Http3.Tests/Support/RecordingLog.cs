using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Peregrine.Http3.Tests;

/// <summary>Keeps what is logged; may fail at one event, as a broken sink does.</summary>
internal sealed class RecordingLog(int? failsAtEvent = null) : ILoggerFactory, ILogger
{
    private readonly SemaphoreSlim _logged = new(0);

    public ConcurrentQueue<(int Event, LogLevel Level, string Text)> Lines { get; } = [];

    /// <summary>Waits until an event was logged at this level.</summary>
    public async Task WhenLoggedAsync(int eventId, LogLevel level)
    {
        using var patience = new CancellationTokenSource(Http3Pair.Patience);
        while (!Lines.Any(line => line.Event == eventId && line.Level == level))
        {
            Assert.False(patience.IsCancellationRequested, $"Event {eventId} was not logged.");
            await _logged.WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
        _logged.Release();
        if (eventId.Id == failsAtEvent)
            throw new InvalidOperationException("The log is broken.");
    }
}
