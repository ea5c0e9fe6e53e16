namespace Peregrine.Quic.Core.Tests;

public sealed class StreamIdTests
{
    [Theory]
    [InlineData(0UL, false, false, 0UL)]
    [InlineData(1UL, true, false, 0UL)]
    [InlineData(2UL, false, true, 0UL)]
    [InlineData(3UL, true, true, 0UL)]
    [InlineData(4UL, false, false, 1UL)]
    [InlineData(151_288_809_941_952_655UL, true, true, 37_822_202_485_488_163UL)]
    [InlineData((1UL << 62) - 1, true, true, (1UL << 60) - 1)]
    public void The_two_low_bits_are_the_type(ulong id, bool isServer, bool isUnidirectional, ulong index)
    {
        // RFC 9000 §2.1, Table 1
        var direction = isUnidirectional ? StreamDirection.Unidirectional : StreamDirection.Bidirectional;
        Assert.Equal(isServer, StreamId.IsServerInitiated(id));
        Assert.Equal(direction, StreamId.DirectionOf(id));
        Assert.Equal(index, StreamId.IndexOf(id));
        Assert.Equal(id, StreamId.FromIndex(index, isServer, direction));
    }

    [Fact]
    public void Settings_that_cannot_work_are_refused_with_their_name()
    {
        new StreamSettings().Validate();
        AssertRefused(new StreamSettings { InitialStreamWindow = 7_000_000 }, nameof(StreamSettings.InitialStreamWindow));
        AssertRefused(new StreamSettings { MaxStreamWindow = 1UL << 62 }, nameof(StreamSettings.MaxStreamWindow));
        AssertRefused(new StreamSettings { InitialConnectionWindow = 16_000_000 }, nameof(StreamSettings.InitialConnectionWindow));
        AssertRefused(new StreamSettings { MaxConnectionWindow = ulong.MaxValue }, nameof(StreamSettings.MaxConnectionWindow));
        AssertRefused(
            new StreamSettings { MaxInboundBidirectionalStreams = (1UL << 60) + 1 },
            nameof(StreamSettings.MaxInboundBidirectionalStreams));
        AssertRefused(
            new StreamSettings { MaxInboundUnidirectionalStreams = ulong.MaxValue },
            nameof(StreamSettings.MaxInboundUnidirectionalStreams));
        AssertRefused(new StreamSettings { MaxStreamGaps = 0 }, nameof(StreamSettings.MaxStreamGaps));
        AssertRefused(new StreamSettings { MaxConnectionGaps = -1 }, nameof(StreamSettings.MaxConnectionGaps));
        AssertRefused(new StreamSettings { InitialStreamSendBuffer = 0 }, nameof(StreamSettings.InitialStreamSendBuffer));
        AssertRefused(new StreamSettings { MaxStreamSendBuffer = 10 }, nameof(StreamSettings.InitialStreamSendBuffer));
        AssertRefused(new StreamSettings { MaxConnectionSendBuffer = -5 }, nameof(StreamSettings.InitialConnectionSendBuffer));
        AssertRefused(new StreamSettings { ReservedStreamSendBuffer = 0 }, nameof(StreamSettings.ReservedStreamSendBuffer));
    }

    private static void AssertRefused(StreamSettings settings, string name) =>
        Assert.Equal(name, Assert.Throws<ArgumentException>(settings.Validate).ParamName);
}
