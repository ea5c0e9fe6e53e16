using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>RFC 9000 §3.2, Figure 3. The stream carries ten bytes; a reset comes with code 7.</summary>
public sealed class ReceiveStateTests
{
    private const ulong Id = 2;
    private readonly StreamEnd _server = new(isServer: true);

    [Theory]
    [InlineData("first", "Receive")]
    [InlineData("second", "Receive")]
    [InlineData("first read", "Receive")]
    [InlineData("second-fin", "SizeKnown")]
    [InlineData("fin", "SizeKnown")]
    [InlineData("fin second", "SizeKnown")]
    [InlineData("second-fin first", "DataReceived")]
    [InlineData("first second fin", "DataReceived")]
    [InlineData("first read second-fin", "DataReceived")]
    [InlineData("first second-fin read", "DataRead")]
    [InlineData("first second read fin", "DataRead")]
    [InlineData("reset", "ResetReceived")]
    [InlineData("first reset", "ResetReceived")]
    [InlineData("second-fin reset", "ResetReceived")]
    [InlineData("reset read", "ResetRead")]
    [InlineData("reset first second-fin", "ResetReceived")]
    [InlineData("reset read first second-fin", "ResetRead")]
    [InlineData("first second-fin reset", "DataReceived")]
    [InlineData("first second-fin read reset", "DataRead")]
    [InlineData("first second reset", "ResetReceived")]
    [InlineData("stop", "Receive")]
    [InlineData("first stop second-fin", "DataRead")]
    [InlineData("fin stop", "DataRead")]
    [InlineData("first stop reset", "ResetReceived")]
    [InlineData("reset stop", "ResetReceived")]
    [InlineData("reset-at-5", "SizeKnown")]
    [InlineData("reset-at-0", "ResetReceived")]
    [InlineData("reset-at-5 first", "DataReceived")]
    [InlineData("reset-at-5 first read", "ResetReceived")]
    [InlineData("reset-at-5 first read read", "ResetRead")]
    [InlineData("first second reset-at-5", "DataReceived")]
    [InlineData("first read reset-at-5", "ResetReceived")]
    [InlineData("first reset-at-8", "SizeKnown")]
    [InlineData("first reset-at-8 second read", "ResetReceived")]
    [InlineData("first reset-at-8 reset-at-5", "DataReceived")]
    [InlineData("first reset-at-5 reset-at-8", "DataReceived")]
    [InlineData("first reset-at-8 reset", "ResetReceived")]
    public void The_state_follows_what_arrived(string actions, string expected)
    {
        // RFC 9000 §3.2; draft-ietf-quic-reliable-stream-reset §5.3
        var receive = Act(actions).Receive!;
        Assert.Equal(expected, receive.State.ToString());
        Assert.Equal(expected is "DataRead" or "ResetReceived" or "ResetRead", receive.IsClosed);
        Assert.Equal(expected.StartsWith("Reset", StringComparison.Ordinal) ? 7UL : null, receive.ResetCode);
    }

    // Robustness S5: each of these says something about the size that contradicts what is known, in every state that knows it.
    [Theory]
    [InlineData("second-fin")]
    [InlineData("fin")]
    [InlineData("first second-fin")]
    [InlineData("first second-fin read")]
    [InlineData("reset")]
    [InlineData("first reset read")]
    [InlineData("reset-at-5")]
    [InlineData("reset-at-5 first read read")]
    [InlineData("stop fin")]
    [InlineData("stop reset")]
    [InlineData("first second-fin stop")]
    [InlineData("first second-fin reset")]
    public void A_changed_final_size_is_an_error_in_every_state(string actions)
    {
        // RFC 9000 §4.5
        foreach (var size in (ulong[])[0, 9, 11, 5_000])
        {
            AssertFinalSizeError(actions, s => s.OnResetStream(Id, 7, size));
            AssertFinalSizeError(actions, s => s.OnResetStreamAt(Id, 7, size, 0));
            AssertFinalSizeError(actions, s => s.OnStream(Id, size, default, fin: true, default));
        }

        AssertFinalSizeError(actions, s => s.OnStream(Id, 10, [1], fin: false, default));
        AssertFinalSizeError(actions, s => s.OnStream(Id, 0, new byte[11], fin: false, default));
    }

    [Theory]
    [InlineData("first second")]
    [InlineData("first second read")]
    [InlineData("second")]
    [InlineData("stop second")]
    public void A_final_size_below_what_arrived_is_an_error(string actions)
    {
        // RFC 9000 §4.5
        AssertFinalSizeError(actions, s => s.OnResetStream(Id, 7, 9));
        AssertFinalSizeError(actions, s => s.OnResetStreamAt(Id, 7, 9, 0));
        AssertFinalSizeError(actions, s => s.OnStream(Id, 0, new byte[9], fin: true, default));
    }

    [Theory]
    [InlineData("first second-fin", "StreamReadable")]
    [InlineData("first second-fin read", "StreamReadable StreamReceiveClosed")]
    [InlineData("first read second-fin", "StreamReadable StreamReadable")]
    [InlineData("first read second-fin read fin second-fin", "StreamReadable StreamReadable StreamReceiveClosed")]
    [InlineData("second", "")]
    [InlineData("fin", "")]
    [InlineData("first fin second", "StreamReadable")]
    [InlineData("first second read fin", "StreamReadable StreamReadable StreamReceiveClosed")]
    [InlineData("reset", "StreamReadable StreamReceiveClosed")]
    [InlineData("first read reset reset", "StreamReadable StreamReadable StreamReceiveClosed")]
    [InlineData("stop", "StreamReceiveClosed")]
    [InlineData("stop first second-fin", "StreamReceiveClosed")]
    [InlineData("reset-at-5 first", "StreamReadable")]
    [InlineData("reset-at-5 first read", "StreamReadable StreamReceiveClosed")]
    public void The_reader_hears_what_changed_since_it_looked(string actions, string expected)
    {
        var stream = Act(actions);
        Assert.Equal(expected, string.Join(' ', _server.TakeEvents(stream)));
    }

    private static void AssertFinalSizeError(string actions, Func<StreamSet, QuicFault?> violate)
    {
        var test = new ReceiveStateTests();
        test.Act(actions);
        Assert.Equal((ulong)TransportErrorCode.FinalSizeError, violate(test._server.Streams)?.Code);
    }

    private CoreStream Act(string actions)
    {
        _server.Streams.OnStreamDataBlocked(Id, 0);
        var stream = _server.Streams.TryAccept()!;
        foreach (var action in actions.Split(' '))
            Act(stream, action);
        return stream;
    }

    private void Act(CoreStream stream, string action)
    {
        switch (action)
        {
            case "first":
                Assert.Null(_server.Streams.OnStream(Id, 0, [0, 1, 2, 3, 4], fin: false, default));
                break;
            case "second":
                Assert.Null(_server.Streams.OnStream(Id, 5, [5, 6, 7, 8, 9], fin: false, default));
                break;
            case "second-fin":
                Assert.Null(_server.Streams.OnStream(Id, 5, [5, 6, 7, 8, 9], fin: true, default));
                break;
            case "fin":
                Assert.Null(_server.Streams.OnStream(Id, 10, default, fin: true, default));
                break;
            case "reset":
                Assert.Null(_server.Streams.OnResetStream(Id, 7, 10));
                break;
            case "read":
                stream.Receive!.Read(new byte[100]);
                break;
            case "stop":
                stream.Receive!.Stop(3);
                break;
            default:
                Assert.StartsWith("reset-at-", action, StringComparison.Ordinal);
                Assert.Null(_server.Streams.OnResetStreamAt(Id, 7, 10, (ulong)(action[^1] - '0')));
                break;
        }
    }
}
