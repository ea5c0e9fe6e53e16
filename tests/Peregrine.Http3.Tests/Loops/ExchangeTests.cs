using System.Buffers;
using System.Text;
using System.Threading.Channels;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>Requests and responses between our client and our server.</summary>
public sealed class ExchangeTests
{
    private static Http3Request Get => new() { Method = "GET", Authority = "a.test", Path = "/x?y", EndsStream = true };

    private static Http3Request Post => new() { Method = "POST", Authority = "a.test" };

    private static Http3Request Connect => new() { Method = "CONNECT", Protocol = "test", Authority = "a.test", Path = "/c" };

    [Fact]
    public async Task A_request_is_answered()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var request = Get;
        request.Headers.Add("X-Own", "1");
        request.Headers.Add("x-own", "2");
        var responding = pair.Client.SendRequestAsync(request);
        await using (var received = await pair.Server.AcceptRequestAsync().WithinPatience())
        {
            Assert.Equal(("GET", "https", "a.test", "/x?y"), (received.Method, received.Scheme, received.Authority, received.Path));
            Assert.Null(received.Protocol);
            Assert.Equal("1, 2", received.Headers.GetCombined("x-own"));
            await received.SendInterimResponseAsync(103).WithinPatience();
            await received.RespondAsync(200, new HttpFields { { "a", "b" } }).WithinPatience();
            await received.Output.WriteAsync("hello "u8.ToArray()).WithinPatience();
            received.Output.Write("world"u8);
            await received.WriteTrailersAsync(new HttpFields { { "t", "1" } }).WithinPatience();
        }

        var response = await responding.WithinPatience();
        await using var exchange = response.Request;
        Assert.Equal((200, "b"), (response.Status, response.Headers["a"]));
        Assert.Equal("hello world", await exchange.Input.ReadTextAsync());
        Assert.Equal("1", exchange.Trailers!["t"]);
        await exchange.DisposeAsync();
        Assert.Equal((0, 0), (pair.Client.ActiveRequests, pair.Server.ActiveRequests));
    }

    [Fact]
    public async Task Content_flows_through_with_back_pressure()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var serving = pair.Server.ServeAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Input.CopyToAsync(request.Output);
            await request.Output.CompleteAsync();
        });
        await using var exchange = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        var content = new byte[4 << 20];
        Random.Shared.NextBytes(content);
        var sending = Task.Run(async () =>
        {
            await exchange.Output.WriteAsync(content);
            await exchange.Output.CompleteAsync();
        });
        await exchange.GetResponseAsync().WithinPatience();
        Assert.Equal(content, await exchange.Input.AsStream().ReadToEndAsync());
        await sending.WithinPatience();
    }

    [Fact]
    public async Task Many_requests_share_the_connection()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        _ = pair.Server.ServeAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Output.WriteAsync(Encoding.Latin1.GetBytes(request.Path!));
            await request.Output.CompleteAsync();
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            var request = new Http3Request { Method = "GET", Authority = "a.test", Path = $"/{i}" };
            var response = await pair.Client.SendRequestAsync(request);
            await using (response.Request)
                return await response.Request.Input.ReadTextAsync();
        })).WithinPatience();
        Assert.Equal(string.Join(" ", Enumerable.Range(0, 300).Select(i => $"/{i}")), string.Join(" ", answers));
    }

    // RFC 9220, RFC 9297.
    [Fact]
    public async Task Extended_connect_carries_capsules_and_datagrams_both_ways()
    {
        var extensions = new Http3Extensions();
        extensions.AddCapsuleType(0x1234, 100);
        var options = new Http3ConnectionOptions { Extensions = extensions };
        await using var pair = await Http3Pair.ConnectAsync(options, options);
        await using var client = await pair.Client.OpenRequestAsync(Connect).WithinPatience();
        await using var server = await pair.Server.AcceptRequestAsync().WithinPatience();
        Assert.Equal("test", server.Protocol);
        Assert.Equal(client.StreamId, server.StreamId);
        await pair.Server.PeerSettings.WithinPatience();
        await server.RespondAsync(200).WithinPatience();
        await client.GetResponseAsync().WithinPatience();

        foreach (var (from, to) in new (Http3RequestStream, Http3RequestStream)[] { (client, server), (server, client) })
        {
            Capsule.Write(from.Output, 0x99, new byte[5000]);
            Capsule.Write(from.Output, 0x1234, "capsule"u8);
            await from.Output.FlushAsync().WithinPatience();
            using var capsules = new CapsuleReader(to);
            Assert.Equal("capsule"u8.ToArray(), (await capsules.ReadAsync().WithinPatience())!.Value.Value.ToArray());

            var received = Channel.CreateUnbounded<string>();
            to.ReceiveDatagrams(payload => received.Writer.TryWrite(Encoding.Latin1.GetString(payload)));
            Assert.True(from.MaxDatagramSize > 1000);
            await from.SendDatagramAsync("one"u8.ToArray()).WithinPatience();
            Assert.Equal("one", await received.Reader.ReadAsync().WithinPatience());
            Assert.Equal(DatagramSendResult.Queued, from.TrySendDatagram("two"u8));
            Assert.Equal("two", await received.Reader.ReadAsync().WithinPatience());
            Assert.Equal(DatagramSendResult.TooLarge, from.TrySendDatagram(new byte[from.MaxDatagramSize + 1]));
        }

        await client.Output.CompleteAsync().WithinPatience();
        Assert.Equal(DatagramSendResult.Closed, client.TrySendDatagram("x"u8));
        Assert.Equal("", await server.Input.ReadTextAsync());
    }

    // RFC 9297 §2.1.1.
    [Fact]
    public async Task Without_the_transport_parameter_no_datagrams_are_announced_or_sent()
    {
        var options = new Http3ConnectionOptions { EnableDatagrams = false };
        await using var pair = await Http3Pair.ConnectAsync(options, options, withDatagrams: false);
        Assert.False((await pair.Client.PeerSettings.WithinPatience()).H3Datagram);
        await using var client = await pair.Client.OpenRequestAsync(Connect).WithinPatience();
        Assert.Equal(DatagramSendResult.Unsupported, client.TrySendDatagram("x"u8));
        Assert.Equal(0, client.MaxDatagramSize);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.SendDatagramAsync("x"u8.ToArray()).WithinPatience());
    }

    [Fact]
    public async Task The_settings_of_both_sides_arrive()
    {
        var extensions = new Http3Extensions();
        extensions.AddSetting(0x2b603742, 1);
        var options = new Http3ConnectionOptions { Extensions = extensions, MaxFieldSectionSize = 5000 };
        await using var pair = await Http3Pair.ConnectAsync(server: options);
        var ofServer = await pair.Client.PeerSettings.WithinPatience();
        Assert.True(ofServer is { EnableConnectProtocol: true, H3Datagram: true, MaxFieldSectionSize: 5000 });
        Assert.Equal((1UL, 0UL, 0UL), (ofServer[0x2b603742], ofServer[0x01], ofServer[0x07]));
        Assert.Contains(ofServer.Values.Keys, id => id > 0x33 && (id - 0x21) % 0x1f == 0);
        Assert.True((await pair.Server.PeerSettings.WithinPatience()).H3Datagram);
    }

    // RFC 9114 §5.2.
    [Fact]
    public async Task After_a_GOAWAY_the_server_finishes_and_takes_no_more()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var first = pair.Client.SendRequestAsync(Get);
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        await pair.Server.GoAwayAsync().WithinPatience();
        await pair.Client.PeerGoingAway.WhenCancelledAsync();
        var second = await Assert.ThrowsAsync<Http3Exception>(() => pair.Client.SendRequestAsync(Get).WithinPatience());
        Assert.Equal(Http3ErrorCode.RequestRejected, second.ErrorCode);
        await request.RespondAsync(200, endStream: true).WithinPatience();
        await using var exchange = (await first.WithinPatience()).Request;
    }

    [Fact]
    public async Task A_request_after_GOAWAY_is_rejected_on_the_wire()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.Server.GoAwayAsync().WithinPatience();
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get), end: true);
        Assert.Equal(Http3ErrorCode.RequestRejected, await stream.ResetCodeAsync());
    }

    [Fact]
    public async Task A_clients_GOAWAY_reaches_the_server()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        await pair.Client.GoAwayAsync().WithinPatience();
        await pair.Server.PeerGoingAway.WhenCancelledAsync();
        Assert.Equal(0, pair.Server.PeerGoAwayId);
    }

    [Fact]
    public async Task A_client_that_gives_up_is_noticed()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var opened = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        var aborted = request.Aborted;
        Assert.False(aborted.IsCancellationRequested);
        await opened.DisposeAsync();
        await aborted.WhenCancelledAsync();
        var failure = await Assert.ThrowsAsync<QuicException>(() => request.Input.ReadTextAsync());
        Assert.Equal((long)Http3ErrorCode.RequestCancelled, failure.ApplicationErrorCode);
    }

    [Fact]
    public async Task Closing_ends_everything_on_both_sides()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        await using var opened = await pair.Client.OpenRequestAsync(Post).WithinPatience();
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        var accepting = pair.Server.AcceptRequestAsync();
        var reading = request.Input.ReadTextAsync();
        await pair.Client.CloseAsync(Http3ErrorCode.ExcessiveLoad, "enough").WithinPatience();
        var error = await Assert.ThrowsAsync<Http3Exception>(() => accepting.WithinPatience());
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, error.ErrorCode);
        await Assert.ThrowsAsync<QuicException>(() => reading);
        await pair.Server.ClosingToken.WhenCancelledAsync();
        await Assert.ThrowsAsync<Http3Exception>(() => pair.Client.OpenRequestAsync(Get).WithinPatience());
    }

    [Fact]
    public async Task Disposing_in_the_middle_of_everything_ends()
    {
        var pair = await Http3Pair.ConnectAsync();
        _ = pair.Server.ServeAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Input.CopyToAsync(request.Output);
        });
        var running = Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var exchange = await pair.Client.OpenRequestAsync(Post);
            while (true)
                await exchange.Output.WriteAsync(new byte[10_000]);
        }).ToArray();
        await pair.Client.PeerSettings.WithinPatience();
        await pair.DisposeAsync();
        foreach (var task in running)
            await Assert.ThrowsAnyAsync<Exception>(() => task.WithinPatience());
    }

    [Fact]
    public async Task A_cancelled_accept_loses_no_request()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var accepting = pair.Server.AcceptRequestAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        await using var opened = await pair.Client.OpenRequestAsync(Get).WithinPatience();
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
    }
}
