using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>RFC 9000 §3.1, Figure 2, one row for each way through it.</summary>
public sealed class SendStateTests
{
    private readonly StreamPair _pair = new();
    private readonly List<SentPacket> _flight = [];

    [Theory]
    [InlineData("", "Ready")]
    [InlineData("write", "Ready")]
    [InlineData("write send", "Send")]
    [InlineData("write send ack", "Send")]
    [InlineData("finish", "Ready")]
    [InlineData("finish send", "DataSent")]
    [InlineData("finish send ack", "DataReceived")]
    [InlineData("write finish send", "DataSent")]
    [InlineData("write finish send lose", "DataSent")]
    [InlineData("write finish send lose send ack", "DataReceived")]
    [InlineData("write send finish send ack-last", "DataSent")]
    [InlineData("write send finish send ack-last ack", "DataReceived")]
    [InlineData("write send finish send ack", "DataReceived")]
    [InlineData("reset", "ResetSent")]
    [InlineData("reset send", "ResetSent")]
    [InlineData("reset send lose", "ResetSent")]
    [InlineData("reset send ack", "ResetReceived")]
    [InlineData("reset send lose send ack", "ResetReceived")]
    [InlineData("write reset send ack", "ResetReceived")]
    [InlineData("write send reset ack", "ResetSent")]
    [InlineData("write send reset send ack", "ResetReceived")]
    [InlineData("write finish send reset", "ResetSent")]
    [InlineData("write finish send reset send ack", "ResetReceived")]
    [InlineData("write finish send ack reset", "DataReceived")]
    [InlineData("write finish send ack stop", "DataReceived")]
    [InlineData("stop", "ResetSent")]
    [InlineData("write send stop", "ResetSent")]
    [InlineData("write finish send stop", "ResetSent")]
    [InlineData("write finish send stop send ack", "ResetReceived")]
    [InlineData("reset finish write send ack", "ResetReceived")]
    public void The_state_follows_what_was_done(string actions, string expected)
    {
        // RFC 9000 §3.1
        var send = Act(actions).Send!;
        Assert.Equal(expected, send.State.ToString());
        Assert.Equal(expected is "DataReceived" or "ResetReceived", send.IsClosed);
    }

    [Theory]
    [InlineData("write finish send ack")]
    [InlineData("write send finish send ack-last ack")]
    [InlineData("reset")]
    [InlineData("reset send lose send ack")]
    [InlineData("stop")]
    [InlineData("stop reset send ack")]
    public void The_end_of_the_half_is_told_once(string actions)
    {
        var stream = Act(actions);
        Assert.Single(_pair.Client.TakeEvents(stream), ConnectionEventKind.StreamSendClosed);
    }

    [Fact]
    public void Everything_acknowledged_but_the_fin_is_not_the_end()
    {
        var stream = Act("write send ack");
        stream.Send!.Finish();
        Assert.DoesNotContain(ConnectionEventKind.StreamSendClosed, _pair.Client.TakeEvents(stream));
        Assert.True(_pair.Client.Streams.HasPending);
    }

    [Fact]
    public void After_a_reset_no_stream_frame_is_sent_and_nothing_is_taken()
    {
        // RFC 9000 §3.3: no STREAM frame from Reset Sent.
        var stream = Act("write send reset");
        foreach (var packet in _flight)
            _pair.Client.Lose(packet);
        Assert.Equal(0, stream.Send!.Write([1]));
        stream.Send.Finish();
        var sent = _pair.Client.Send()!;
        var frame = Assert.Single(sent.Frames);
        Assert.Equal(SentFrameKind.ResetStream, frame.Kind);
        Assert.Null(_pair.Client.Send());
    }

    [Fact]
    public void The_final_size_of_a_reset_is_what_was_sent()
    {
        // RFC 9000 §4.5
        var stream = _pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        stream.Send!.Write(new byte[3_000]);
        var packet = _pair.Client.Send(1_000)!;
        stream.Send.Reset(99);
        var reader = new SpanReader(_pair.Client.Send()!.Payload);
        Assert.True(reader.TryReadVarInt(out var type));
        Assert.Equal(FrameType.ResetStream, type);
        Assert.True(ResetStreamFrame.TryRead(ref reader, out var reset));
        Assert.Equal(new ResetStreamFrame(stream.Id, 99, (ulong)packet.Frames[0].Length), reset);
    }

    [Fact]
    public void The_state_of_a_reset_that_loses_the_race_to_the_last_acknowledgement_stands()
    {
        var stream = Act("write finish send reset");
        foreach (var packet in _flight)
            _pair.Client.Ack(packet);
        Assert.Equal(SendState.ResetSent, stream.Send!.State);
    }

    private CoreStream Act(string actions)
    {
        var stream = _pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        foreach (var action in actions.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (action)
            {
                case "write":
                    stream.Send!.Write([1, 2, 3]);
                    break;
                case "finish":
                    stream.Send!.Finish();
                    break;
                case "reset":
                    stream.Send!.Reset(7);
                    break;
                case "stop":
                    Assert.Null(_pair.Client.Streams.OnStopSending(stream.Id, 8));
                    break;
                case "send":
                    _flight.Add(_pair.Client.Send()!);
                    break;
                case "lose":
                    _flight.ForEach(_pair.Client.Lose);
                    _flight.Clear();
                    break;
                case "ack":
                    _flight.ForEach(_pair.Client.Ack);
                    _flight.Clear();
                    break;
                case "ack-last":
                    _pair.Client.Ack(_flight[^1]);
                    _flight.RemoveAt(_flight.Count - 1);
                    break;
                default:
                    throw new ArgumentException(action, nameof(actions));
            }
        }

        return stream;
    }
}
