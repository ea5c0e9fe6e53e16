using Microsoft.Extensions.Logging;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>What fails says so, the same on every way, and nothing dies in silence.</summary>
public sealed class FailureTests
{
    private static Http3Request Post => new() { Method = "POST", Authority = "a.test" };

    [Fact]
    [Trait("Review", "N8")]
    public async Task A_loop_that_fails_closes_the_connection_and_is_logged()
    {
        var log = new RecordingLog(failsAtEvent: 3);
        await using var pair = await Http3Pair.WithRawClientAsync(new Http3ConnectionOptions { LoggerFactory = log });
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings((0x33, 1))));
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        request.ReceiveDatagrams(_ => throw new InvalidOperationException("The receiver is broken."));
        await pair.RawClient.SendDatagramAsync(new byte[] { 0, 1 }).WithinPatience();
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
        await log.WhenLoggedAsync(8, LogLevel.Error);
    }

    [Fact]
    [Trait("Review", "N8")]
    public async Task A_control_stream_whose_reader_fails_closes_the_connection_and_is_logged()
    {
        var log = new RecordingLog();
        var options = new Http3ConnectionOptions { LoggerFactory = log };
        options.Extensions.PeerSettingsReceived = (_, _) => throw new InvalidOperationException("The callback is broken.");
        await using var pair = await Http3Pair.WithRawClientAsync(options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings()));
        Assert.Equal(Http3ErrorCode.InternalError, await pair.RawClient.CloseCodeAsync());
        await log.WhenLoggedAsync(8, LogLevel.Error);
    }

    [Fact]
    [Trait("Review", "N8")]
    public async Task A_stream_error_on_the_control_stream_reaches_the_connection()
    {
        var options = new Http3ConnectionOptions();
        options.Extensions.PeerSettingsReceived =
            (_, _) => throw new Http3Exception((Http3ErrorCode)0x999, Http3ErrorScope.Stream, "The settings do not please.");
        await using var pair = await Http3Pair.WithRawClientAsync(options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings()));
        Assert.Equal((Http3ErrorCode)0x999, await pair.RawClient.CloseCodeAsync());
    }

    // Whatever the caller does when the rejection arrives, it hears the same.
    [Theory]
    [Trait("Review", "D15")]
    [InlineData("response")]
    [InlineData("content")]
    [InlineData("try content")]
    [InlineData("write")]
    [InlineData("flush")]
    [InlineData("trailers")]
    public async Task A_rejected_request_says_so_on_every_way(string way)
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await using var exchange = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        await using var stream = await pair.RawServer.AcceptRequestStreamAsync();
        if (way is not "response")
        {
            await stream.WriteAsync(Bytes.Headers((":status", "200"))).WithinPatience();
            await exchange.GetResponseAsync().WithinPatience();
        }

        stream.Abort(QuicAbortDirection.Both, (long)Http3ErrorCode.RequestRejected);
        await exchange.Aborted.WhenCancelledAsync();
        await AssertRejectedAsync(exchange, way);
    }

    [Theory]
    [Trait("Review", "D15")]
    [InlineData("response")]
    [InlineData("write")]
    [InlineData("flush")]
    [InlineData("trailers")]
    public async Task A_request_that_GOAWAY_names_says_so_on_every_way(string way)
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await using var exchange = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        var aborted = exchange.Aborted;
        await pair.RawServer.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings(), Bytes.Frame(7, 0)));
        await aborted.WhenCancelledAsync();
        await AssertRejectedAsync(exchange, way);
    }

    [Fact]
    [Trait("Review", "X9")]
    public async Task A_reset_says_whose_doing_it_was_and_the_codes_name()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await using var exchange = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        await using var stream = await pair.RawServer.AcceptRequestStreamAsync();
        stream.Abort(QuicAbortDirection.Write, (long)Http3ErrorCode.VersionFallback);
        var error = await Assert.ThrowsAsync<QuicException>(() => exchange.GetResponseAsync().WithinPatience());
        Assert.Contains("The peer ended the stream with H3_VERSION_FALLBACK (0x110)", error.Message, StringComparison.Ordinal);
        Assert.Equal((long)Http3ErrorCode.VersionFallback, error.ApplicationErrorCode);
    }

    [Fact]
    [Trait("Review", "X9")]
    public void Every_code_has_the_name_of_its_RFC()
    {
        foreach (var code in Enum.GetValues<Http3ErrorCode>())
        {
            var prefix = (long)code >= 0x200 ? "QPACK_" : "H3_";
            var words = $"{code}".Replace("Qpack", "", StringComparison.Ordinal)
                .Select(c => char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}");
            var name = prefix + string.Concat(words)[1..];
            Assert.Equal(name, Http3ErrorCodes.NameOf(code));
            var message = new Http3Exception(code, Http3ErrorScope.Stream, "It broke.").Message;
            Assert.Equal($"It broke. [{name} (0x{(long)code:x})]", message);
        }
    }

    private static async Task AssertRejectedAsync(Http3ClientRequest exchange, string way)
    {
        var error = await Assert.ThrowsAsync<Http3Exception>(async () =>
        {
            switch (way)
            {
                case "response":
                    await exchange.GetResponseAsync().WithinPatience();
                    break;
                case "content":
                    await exchange.Input.ReadAsync().WithinPatience();
                    break;
                case "try content":
                    await exchange.ReadsClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    exchange.Input.TryRead(out _);
                    break;
                case "write":
                    await exchange.WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await exchange.Output.WriteAsync(new byte[10]).WithinPatience();
                    break;
                case "flush":
                    await exchange.WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    exchange.Output.GetMemory(1);
                    exchange.Output.Advance(1);
                    await exchange.Output.FlushAsync().WithinPatience();
                    break;
                default:
                    await exchange.WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await exchange.WriteTrailersAsync(new HttpFields { { "a", "b" } }).WithinPatience();
                    break;
            }
        });
        Assert.Equal(Http3ErrorCode.RequestRejected, error.ErrorCode);
    }
}
