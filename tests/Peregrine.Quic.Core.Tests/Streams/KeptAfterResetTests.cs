namespace Peregrine.Quic.Core.Tests;

/// <summary>What stays readable of a stream that the peer opened and reset (RFC 9000 §3.2).</summary>
public sealed class KeptAfterResetTests
{
    private const ulong Id = 2;

    private readonly StreamEnd _server = new(isServer: true);

    [Fact]
    [Trait("Review", "D4")]
    public void What_says_whose_a_stream_is_can_be_read_after_its_reset()
    {
        Assert.Null(_server.Streams.OnStream(Id, 0, [0x40, 0x54, 0x00, 1, 2, 3], fin: false, default));
        Assert.Null(_server.Streams.OnResetStream(Id, 7, 1_000));
        var receive = _server.Streams.TryAccept()!.Receive!;

        Assert.Equal(7UL, receive.ResetCode);
        Assert.Equal([0x40, 0x54, 0x00, 1, 2, 3], ReadAll(receive));
        Assert.Equal(7UL, receive.ResetCode);
        Assert.False(receive.IsFinished);
    }

    [Fact]
    [Trait("Review", "D4")]
    public void Two_varints_stay_and_no_byte_more()
    {
        Assert.Null(_server.Streams.OnStream(Id, 0, new byte[100_000], fin: false, default));
        Assert.Null(_server.Streams.OnResetStream(Id, 7, 100_000));

        Assert.Equal(16, ReadAll(_server.Streams.TryAccept()!.Receive!).Length);
    }

    [Theory]
    [InlineData(1, 15)]
    [InlineData(16, 0)]
    [InlineData(50, 0)]
    public void Where_the_beginning_was_read_the_rest_goes(int read, int left)
    {
        Assert.Null(_server.Streams.OnStream(Id, 0, new byte[100], fin: false, default));
        var receive = _server.Streams.TryAccept()!.Receive!;
        Assert.Equal(read, receive.Read(new byte[read]));
        Assert.Null(_server.Streams.OnResetStream(Id, 7, 100));

        Assert.Equal(left, ReadAll(receive).Length);
    }

    [Fact]
    public void What_arrives_after_the_reset_or_out_of_order_does_not_stay()
    {
        Assert.Null(_server.Streams.OnStream(Id, 3, [3, 4], fin: false, default));
        Assert.Null(_server.Streams.OnResetStream(Id, 7, 10));
        Assert.Null(_server.Streams.OnStream(Id, 0, [0, 1, 2], fin: false, default));

        Assert.Empty(ReadAll(_server.Streams.TryAccept()!.Receive!));
        Assert.Equal(0, _server.Streams.GapCount);
    }

    [Fact]
    public void A_stream_that_we_opened_keeps_nothing()
    {
        var pair = new StreamPair();
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Bidirectional)!;
        Assert.Null(pair.Client.Streams.OnStream(ours.Id, 0, [1, 2, 3], fin: false, default));
        Assert.Null(pair.Client.Streams.OnResetStream(ours.Id, 7, 3));

        Assert.Empty(ReadAll(ours.Receive!));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("stop")]
    [InlineData("release")]
    public void What_stays_is_credited_once_and_its_block_goes_back(string end)
    {
        Assert.Null(_server.Streams.OnStream(Id, 0, new byte[100], fin: false, default));
        Assert.Null(_server.Streams.OnResetStream(Id, 7, 5_000));
        Assert.Equal(5_000UL, _server.Streams.Window.Consumed);
        var stream = _server.Streams.TryAccept()!;
        if (end is "read")
            Assert.Equal(16, ReadAll(stream.Receive!).Length);
        else if (end is "stop")
            stream.Receive!.Stop(3);
        else
            _server.Streams.Release(stream);

        Assert.Empty(ReadAll(stream.Receive!));
        Assert.Equal(5_000UL, _server.Streams.Window.Consumed);
        Assert.Equal(0, _server.Pool.RentedCount);
        _server.Streams.Release(stream);
        Assert.Equal(0, _server.Streams.OpenCount);
    }

    [Fact]
    [Trait("Review", "D7")]
    public void A_pipe_advances_past_what_a_reset_took_from_under_it()
    {
        Assert.Null(_server.Streams.OnStream(Id, 0, new byte[100], fin: false, default));
        var receive = _server.Streams.TryAccept()!.Receive!;
        Assert.Equal(100, receive.Peek().Length);
        Assert.Null(_server.Streams.OnResetStreamAt(Id, 7, 100, 10));
        receive.Advance(100);

        Assert.Equal(7UL, receive.ResetCode);
        Assert.Equal(100UL, _server.Streams.Window.Consumed);
    }

    private static byte[] ReadAll(ReceiveStream receive)
    {
        var bytes = new byte[200];
        return bytes[..receive.Read(bytes)];
    }
}
