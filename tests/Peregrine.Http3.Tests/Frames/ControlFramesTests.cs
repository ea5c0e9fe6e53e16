using System.Buffers;

namespace Peregrine.Http3.Tests;

public sealed class ControlFramesTests
{
    private const string Settings = "0400";

    // RFC 9114 §7.2, RFC 9218 §7.2; robustness F1, F4. The frames after an empty SETTINGS.
    public static TheoryData<bool, string, Http3ErrorCode> Illegal => new()
    {
        { true, "0400", Http3ErrorCode.FrameUnexpected },
        { true, "0000", Http3ErrorCode.FrameUnexpected },
        { true, "0100", Http3ErrorCode.FrameUnexpected },
        { true, "050100", Http3ErrorCode.FrameUnexpected },
        { true, "0200", Http3ErrorCode.FrameUnexpected },
        { true, "0600", Http3ErrorCode.FrameUnexpected },
        { true, "0800", Http3ErrorCode.FrameUnexpected },
        { true, "0900", Http3ErrorCode.FrameUnexpected },
        { false, "0d0100", Http3ErrorCode.FrameUnexpected },
        { false, "800f07000100", Http3ErrorCode.FrameUnexpected },
        { false, "800f07010100", Http3ErrorCode.FrameUnexpected },
        { false, "070101", Http3ErrorCode.IdError },
        { false, "070102", Http3ErrorCode.IdError },
        { false, "070103", Http3ErrorCode.IdError },
        { false, "070104 070108", Http3ErrorCode.IdError },
        { true, "070101 070102", Http3ErrorCode.IdError },
        { true, "0d0105 0d0104", Http3ErrorCode.IdError },
        { true, "030100", Http3ErrorCode.IdError },
        { false, "030100", Http3ErrorCode.IdError },
        { true, "800f07000101", Http3ErrorCode.IdError },
        { true, "800f07010100", Http3ErrorCode.IdError },
        { true, "0700", Http3ErrorCode.FrameError },
        { true, "070140", Http3ErrorCode.FrameError },
        { true, "07020000", Http3ErrorCode.FrameError },
        { true, "0709c000000000000000ff", Http3ErrorCode.FrameError },
        { true, "0d00", Http3ErrorCode.FrameError },
        { true, "0d020000", Http3ErrorCode.FrameError },
        { true, "0300", Http3ErrorCode.FrameError },
        { true, "800f070000", Http3ErrorCode.FrameError },
        { true, "800f0700 4401", Http3ErrorCode.ExcessiveLoad },
        { true, "07 ffffffffffffffff", Http3ErrorCode.FrameError },
    };

    [Theory]
    [MemberData(nameof(Illegal))]
    public void What_breaks_the_rules_ends_the_connection(bool isServer, string hex, Http3ErrorCode code)
    {
        var error = Assert.Throws<Http3Exception>(() => Read(isServer, Bytes.Hex(Settings + hex)));
        Assert.Equal((code, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "070100")]
    [InlineData(true, "070103 070102 070102 070100")]
    [InlineData(false, "070108 070104 070104 070100")]
    [InlineData(true, "0d0104 0d0104 0d0105")]
    [InlineData(true, "800f070008 04 753d312c692020")]
    [InlineData(true, "21 03 aabbcc 4021 00")]
    [InlineData(false, "21 03 aabbcc 070100")]
    public void What_keeps_them_is_taken(bool isServer, string hex)
    {
        var bytes = Bytes.Hex(Settings + hex);
        Assert.Equal(0, Read(isServer, bytes).Left);
        // The same, each byte in a segment of its own.
        Assert.Equal(0, Read(isServer, bytes, scatter: true).Left);
    }

    // RFC 9114 §6.2.1.
    [Theory]
    [InlineData("070100")]
    [InlineData("0000")]
    [InlineData("2100")]
    [InlineData("0d0100")]
    public void Settings_comes_first(string hex)
    {
        Assert.Equal(Http3ErrorCode.MissingSettings, Assert.Throws<Http3Exception>(() => Read(true, Bytes.Hex(hex))).ErrorCode);
    }

    [Fact]
    public void Settings_of_unreasonable_length_are_refused_at_their_header()
    {
        var header = Bytes.FrameDeclaring(4, 1 << 20);
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, Assert.Throws<Http3Exception>(() => Read(true, header)).ErrorCode);
    }

    // Robustness F1: an unknown frame of any length is passed over as it drips in, and nothing is kept of it.
    [Fact]
    public void An_unknown_frame_of_any_length_is_skipped_unbuffered()
    {
        var sink = new Sink();
        var frames = new ControlFrames(isServer: true, sink);
        Read(frames, Bytes.Hex(Settings));
        Read(frames, Bytes.FrameDeclaring(0x21, 1UL << 61));
        var drip = new byte[1 << 16];
        for (var i = 0; i < 100; i++)
            Assert.Equal(0, Read(frames, drip));
        Assert.NotNull(sink.Settings);
    }

    [Fact]
    public void Go_away_tells_its_id()
    {
        Assert.Equal([8L, 4L], Read(false, Bytes.Hex(Settings + "070108 070104")).Sink.GoAways);
    }

    [Fact]
    public void A_frame_may_come_byte_by_byte()
    {
        var sink = new Sink();
        var frames = new ControlFrames(isServer: false, sink);
        var stream = Bytes.Hex("0403 064100 2102ffff 07024008");
        var from = 0;
        for (var to = 1; to <= stream.Length; to++)
            from = to - Read(frames, stream[from..to]);
        Assert.Equal(256, sink.Settings!.MaxFieldSectionSize);
        Assert.Equal([8L], sink.GoAways);
    }

    private static int Read(ControlFrames frames, byte[] bytes, bool scatter = false)
    {
        var buffer = scatter ? Bytes.Scattered(bytes) : new ReadOnlySequence<byte>(bytes);
        frames.Read(ref buffer);
        return (int)buffer.Length;
    }

    private static (Sink Sink, int Left) Read(bool isServer, byte[] bytes, bool scatter = false)
    {
        var sink = new Sink();
        return (sink, Read(new ControlFrames(isServer, sink), bytes, scatter));
    }

    private sealed class Sink : IControlFrameSink
    {
        public bool PeerTakesQuicDatagrams => true;

        public Http3Settings? Settings { get; private set; }

        public List<long> GoAways { get; } = [];

        public void OnSettings(Http3Settings settings) => Settings = settings;

        public void OnGoAway(long id) => GoAways.Add(id);

        public void OnPriorityUpdate()
        {
        }

        public void OnGlitch(string what)
        {
        }
    }
}
