using Microsoft.Extensions.Logging;

namespace Peregrine.Http3.Tests;

/// <summary>A loop that fails as nobody foresaw must not leave a connection that seems alive and takes nothing.</summary>
public sealed class LoopFailureTests
{
    private readonly Http3Extensions _extensions = new();

    private Http3ConnectionOptions Options => new() { Extensions = _extensions, LoggerFactory = new ThrowingLoggerFactory() };

    [Fact]
    [Trait("Review", "N8")]
    public async Task The_loop_that_accepts_streams_takes_the_connection_with_it()
    {
        _extensions.AddUnidirectionalStreamType(0x54, (_, _, _) => throw new FormatException("a bug"));
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.VarInt(0x54));
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    [Trait("Review", "N8")]
    public async Task A_stream_that_is_read_aside_takes_the_connection_with_it()
    {
        _extensions.AddUnidirectionalStreamType(0x54, async (_, stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[1], token);
            throw new FormatException("a bug");
        });
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        var stream = await pair.RawClient.SendUnidirectionalAsync(Bytes.VarInt(0x54));
        await stream.WriteAsync(new byte[1]).WithinPatience();
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    [Trait("Review", "N8")]
    public async Task The_loop_that_receives_datagrams_takes_the_connection_with_it()
    {
        _extensions.UnclaimedDatagram = (_, _, _) => throw new FormatException("a bug");
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendDatagramAsync(Bytes.Hex("05 6869")).WithinPatience();
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    [Trait("Review", "N8")]
    public async Task A_stream_that_the_connection_cannot_do_without_takes_it_with_it()
    {
        _extensions.PeerSettingsReceived = (_, _) => throw new FormatException("a bug");
        await using var pair = await Http3Pair.WithRawClientAsync(new Http3ConnectionOptions { Extensions = _extensions });
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings()));
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task Whoever_asks_hears_when_all_that_had_arrived_was_given_out()
    {
        var given = 0;
        _extensions.AddUnidirectionalStreamType(0x54, (_, stream, _) =>
        {
            given++;
            return stream.DisposeAsync();
        });
        await using var pair = await Http3Pair.ConnectAsync(server: new Http3ConnectionOptions { Extensions = _extensions });
        for (var i = 1; i <= 50; i++)
        {
            await using var stream = await pair.RawClient.SendUnidirectionalAsync(Bytes.VarInt(0x54), end: true);
            await stream.WritesClosed.WithinPatience();

            // The server's transport has it. Its loop may not.
            await pair.Server.ServeArrivedStreamsAsync().WithinPatience();
            Assert.Equal(i, given);
        }

        await pair.Server.DisposeAsync();
        await pair.Server.ServeArrivedStreamsAsync().WithinPatience();
    }

    private sealed class ThrowingLoggerFactory : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("the log is broken");

        public void Dispose()
        {
        }
    }
}
