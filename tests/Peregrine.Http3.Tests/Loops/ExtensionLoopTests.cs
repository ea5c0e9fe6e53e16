using System.Text;
using System.Threading.Channels;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>The extension table at work: streams, signals, settings and datagrams that HTTP/3 itself does not know.</summary>
public sealed class ExtensionLoopTests
{
    private readonly Channel<QuicStream> _streams = Channel.CreateUnbounded<QuicStream>();
    private readonly Http3Extensions _extensions = new();

    private Http3ConnectionOptions Options => new() { Extensions = _extensions };

    [Fact]
    public async Task A_unidirectional_stream_begins_after_its_type()
    {
        _extensions.AddUnidirectionalStreamType(0x54, Take);
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join(Bytes.VarInt(0x54), "rest"u8.ToArray()), end: true);
        await using var stream = await TakenAsync();
        Assert.Equal("rest"u8.ToArray(), await stream.ReadToEndAsync());
    }

    [Fact]
    public async Task A_bidirectional_stream_begins_after_its_signal()
    {
        _extensions.AddBidirectionalStreamSignal(0x41, Take);
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await using var sent = await pair.RawClient.SendRequestAsync(Bytes.Join(Bytes.VarInt(0x41), "rest"u8.ToArray()), end: true);
        await using var stream = await TakenAsync();
        Assert.Equal("rest", await stream.Input.ReadTextAsync());
        await stream.WriteAsync("back"u8.ToArray(), completeWrites: true).WithinPatience();
        Assert.Equal("back"u8.ToArray(), await sent.ReadToEndAsync());
        await pair.AssertServesAsync();
    }

    // RFC 9114 §6.1, §9.
    [Fact]
    public async Task A_server_may_open_bidirectional_streams_for_an_extension()
    {
        _extensions.AddBidirectionalStreamSignal(0x41, Take);
        await using var pair = await Http3Pair.WithRawServerAsync(Options);
        await pair.RawServer.SendRequestAsync(Bytes.Join(Bytes.VarInt(0x41), "rest"u8.ToArray()), end: true);
        await using var stream = await TakenAsync();
        Assert.Equal("rest"u8.ToArray(), await stream.ReadToEndAsync());
        await pair.RawServer.SendRequestAsync(Bytes.Headers((":status", "200")));
        Assert.Equal(Http3ErrorCode.StreamCreationError, await pair.RawServer.CloseCodeAsync());
    }

    [Fact]
    public async Task A_signal_anywhere_else_closes_the_connection()
    {
        _extensions.AddBidirectionalStreamSignal(0x41, Take);
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendRequestAsync(Bytes.Join(Bytes.Frame(0x21), Bytes.VarInt(0x41), Bytes.VarInt(0)));
        Assert.Equal(Http3ErrorCode.FrameError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_stream_only()
    {
        _extensions.AddBidirectionalStreamSignal(0x41, (_, _, _) => throw new FormatException("a bug"));
        _extensions.AddBidirectionalStreamSignal(0x42, (_, _, _) =>
            throw new Http3Exception((Http3ErrorCode)0x3994bd84, Http3ErrorScope.Stream, "not wanted"));
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await using var first = await pair.RawClient.SendRequestAsync(Bytes.VarInt(0x41));
        Assert.Equal(Http3ErrorCode.InternalError, await first.ResetCodeAsync());
        await using var second = await pair.RawClient.SendRequestAsync(Bytes.VarInt(0x42));
        Assert.Equal((Http3ErrorCode)0x3994bd84, await second.ResetCodeAsync());
        await pair.AssertServesAsync();
    }

    [Fact]
    public async Task A_handler_may_close_the_connection()
    {
        _extensions.AddUnidirectionalStreamType(0x54, (_, _, _) =>
            throw new Http3Exception(Http3ErrorCode.IdError, Http3ErrorScope.Connection, "no such session"));
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.VarInt(0x54));
        Assert.Equal(Http3ErrorCode.IdError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task Settings_may_be_judged()
    {
        _extensions.PeerSettingsReceived = (_, settings) =>
        {
            if (settings[0x2c7cf000] > 1)
                throw new Http3Exception(Http3ErrorCode.SettingsError, Http3ErrorScope.Connection, "more than one");
        };
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings((0x2c7cf000, 2))));
        Assert.Equal(Http3ErrorCode.SettingsError, await pair.RawClient.CloseCodeAsync());
        await Assert.ThrowsAsync<Http3Exception>(() => pair.Server.PeerSettings.WithinPatience());
    }

    [Fact]
    public async Task Datagrams_before_their_request_go_to_the_extension()
    {
        var early = Channel.CreateUnbounded<(long, string)>();
        _extensions.UnclaimedDatagram = (_, streamId, payload) => early.Writer.TryWrite((streamId, Encoding.Latin1.GetString(payload)));
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendDatagramAsync(Bytes.Hex("05 6869")).WithinPatience();
        Assert.Equal((20L, "hi"), await early.Reader.ReadAsync().WithinPatience());
        Assert.Equal(0, pair.Server.DatagramsDropped);
    }

    [Fact]
    public async Task A_receiver_that_throws_ends_its_request_only()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        request.ReceiveDatagrams(_ => throw new FormatException("a bug"));
        await pair.RawClient.SendDatagramAsync(Bytes.Hex("00")).WithinPatience();
        Assert.Equal(Http3ErrorCode.InternalError, await stream.ResetCodeAsync());
        await request.DisposeAsync();
        await pair.AssertServesAsync();
    }

    [Fact]
    public async Task The_largest_datagram_arrives_whole()
    {
        var lengths = Channel.CreateUnbounded<int>();
        _extensions.UnclaimedDatagram = (_, _, payload) => lengths.Writer.TryWrite(payload.Length);
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        var size = pair.RawClient.MaxDatagramSize;
        await pair.RawClient.SendDatagramAsync(new byte[size]).WithinPatience();
        Assert.Equal(size - 1, await lengths.Reader.ReadAsync().WithinPatience());
    }

    [Fact]
    public async Task A_connection_keeps_one_state_of_each_type()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var state = pair.Client.GetOrAddState(connection => Tuple.Create(connection));
        Assert.Same(pair.Client, state.Item1);
        Assert.Same(state, pair.Client.GetOrAddState<Tuple<Http3Connection>>(_ => throw new InvalidOperationException()));
    }

    private async ValueTask Take(Http3Connection connection, QuicStream stream, CancellationToken cancellationToken) =>
        await _streams.Writer.WriteAsync(stream, cancellationToken);

    private Task<QuicStream> TakenAsync() => _streams.Reader.ReadAsync().WithinPatience();
}
