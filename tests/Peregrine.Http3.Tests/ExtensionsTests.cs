namespace Peregrine.Http3.Tests;

public sealed class ExtensionsTests
{
    [Theory]
    [InlineData(0x01)]
    [InlineData(0x04)]
    [InlineData(0x06)]
    [InlineData(0x08)]
    [InlineData(0x33)]
    public void Http3s_own_settings_are_refused(ulong id) => Assert.Throws<ArgumentException>(() => new Http3Extensions().AddSetting(id, 1));

    [Fact]
    public void Nothing_is_registered_twice()
    {
        var extensions = new Http3Extensions();
        extensions.AddSetting(0x2b603742, 1);
        extensions.AddUnidirectionalStreamType(0x54, Nothing);
        extensions.AddBidirectionalStreamSignal(0x41, Nothing);
        extensions.AddCapsuleType(0x2843, 1028);
        Assert.Throws<ArgumentException>(() => extensions.AddSetting(0x2b603742, 1));
        Assert.Throws<ArgumentException>(() => extensions.AddUnidirectionalStreamType(0x54, Nothing));
        Assert.Throws<ArgumentException>(() => extensions.AddBidirectionalStreamSignal(0x41, Nothing));
        Assert.Throws<ArgumentException>(() => extensions.AddCapsuleType(0x2843, 1028));
    }

    [Fact]
    public void Http3s_own_types_are_refused()
    {
        var extensions = new Http3Extensions();
        Assert.Throws<ArgumentException>(() => extensions.AddUnidirectionalStreamType(0x03, Nothing));
        Assert.Throws<ArgumentException>(() => extensions.AddBidirectionalStreamSignal(0x01, Nothing));
        Assert.Throws<ArgumentOutOfRangeException>(() => extensions.AddUnidirectionalStreamType(1UL << 62, Nothing));
    }

    [Fact]
    public void A_table_in_use_is_frozen()
    {
        var extensions = new Http3Extensions();
        extensions.Freeze();
        Assert.Throws<InvalidOperationException>(() => extensions.AddSetting(0x2b603742, 1));
    }

    [Fact]
    public void Options_say_how_to_mend_them()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(new Http3ConnectionOptions { MaxFieldSectionSize = 10 }.Validate);
        Assert.Contains("MaxFieldSectionSize must be from 1024", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(new Http3ConnectionOptions { RequestHeadTimeout = TimeSpan.Zero }.Validate);
    }

    private static ValueTask Nothing(Http3Connection connection, Quic.QuicStream stream, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;
}
