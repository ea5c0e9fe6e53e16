namespace Peregrine.Http3.Tests;

public sealed class SettingsFrameTests
{
    [Fact]
    public void Settings_are_read_with_those_that_nobody_knows()
    {
        var payload = Bytes.SettingsPayload((0x01, 65536), (0x06, 16384), (0x08, 1), (0x33, 1), (0x1f1f1f1f21, 7));
        var settings = SettingsFrame.Read(payload, true);
        Assert.Equal(16384, settings.MaxFieldSectionSize);
        Assert.True(settings.EnableConnectProtocol);
        Assert.True(settings.H3Datagram);
        Assert.Equal(7UL, settings[0x1f1f1f1f21]);
        Assert.Equal(0UL, settings[0x99]);
    }

    [Fact]
    public void Without_settings_everything_has_its_initial_value()
    {
        var settings = SettingsFrame.Read([], true);
        Assert.Null(settings.MaxFieldSectionSize);
        Assert.False(settings.EnableConnectProtocol);
        Assert.False(settings.H3Datagram);
    }

    [Fact]
    public void Draft_04_of_datagrams_counts_as_datagrams()
    {
        Assert.True(SettingsFrame.Read(Bytes.SettingsPayload((0xffd277, 1)), true).H3Datagram);
    }

    // RFC 9114 §7.2.4, RFC 9220 §3, RFC 9297 §2.1.1; robustness F5.
    [Theory]
    [InlineData("0605 0605", Http3ErrorCode.SettingsError)]
    [InlineData("2101 2102", Http3ErrorCode.SettingsError)]
    [InlineData("0200", Http3ErrorCode.SettingsError)]
    [InlineData("0301", Http3ErrorCode.SettingsError)]
    [InlineData("0400", Http3ErrorCode.SettingsError)]
    [InlineData("0500", Http3ErrorCode.SettingsError)]
    [InlineData("0802", Http3ErrorCode.SettingsError)]
    [InlineData("3302", Http3ErrorCode.SettingsError)]
    [InlineData("80ffd27702", Http3ErrorCode.SettingsError)]
    [InlineData("33ffffffffffffffff", Http3ErrorCode.SettingsError)]
    [InlineData("06", Http3ErrorCode.FrameError)]
    [InlineData("0640", Http3ErrorCode.FrameError)]
    [InlineData("40", Http3ErrorCode.FrameError)]
    public void What_breaks_settings_ends_the_connection(string hex, Http3ErrorCode code)
    {
        var error = Assert.Throws<Http3Exception>(() => SettingsFrame.Read(Bytes.Hex(hex), true));
        Assert.Equal((code, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Fact]
    public void Datagrams_need_the_transport_parameter()
    {
        var payload = Bytes.SettingsPayload((0x33, 1));
        Assert.Equal(Http3ErrorCode.SettingsError, Assert.Throws<Http3Exception>(() => SettingsFrame.Read(payload, false)).ErrorCode);
        Assert.False(SettingsFrame.Read(Bytes.SettingsPayload((0x33, 0)), false).H3Datagram);
    }

    [Fact]
    public void More_settings_than_reasonable_are_refused()
    {
        var most = Enumerable.Range(0, SettingsFrame.MaxSettings).Select(i => ((ulong)(1000 + i), 1UL)).ToArray();
        Assert.Equal(most.Length, SettingsFrame.Read(Bytes.SettingsPayload(most), true).Values.Count);
        var error = Assert.Throws<Http3Exception>(() => SettingsFrame.Read(Bytes.SettingsPayload([.. most, (99, 1)]), true));
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, error.ErrorCode);
    }

    [Fact]
    public void What_is_written_reads_again()
    {
        var settings = new Dictionary<ulong, ulong> { [0x01] = 0, [0x33] = 1, [0x2b603742] = 1, [(1UL << 62) - 1] = (1UL << 62) - 1 };
        using var frame = new PooledBuffer(16);
        SettingsFrame.Write(frame, settings);
        Assert.True(FrameHeader.TryRead(frame.WrittenSpan, out var header, out var length));
        Assert.Equal((FrameType.Settings, (ulong)(frame.Length - length)), (header.Type, header.Length));
        Assert.Equal(settings, SettingsFrame.Read(frame.WrittenSpan[length..], true).Values);
    }
}
