namespace Peregrine.Quic.Core.Tests;

public sealed class FrameRulesTests
{
    // RFC 9000 §12.4 Table 3, as printed; then our extensions.
    public static TheoryData<ulong, ulong, string, string> Table => new()
    {
        { 0x00, 0x00, "IH01", "NP" },
        { 0x01, 0x01, "IH01", "" },
        { 0x02, 0x03, "IH_1", "NC" },
        { 0x04, 0x04, "__01", "" },
        { 0x05, 0x05, "__01", "" },
        { 0x06, 0x06, "IH_1", "" },
        { 0x07, 0x07, "___1", "" },
        { 0x08, 0x0f, "__01", "F" },
        { 0x10, 0x10, "__01", "" },
        { 0x11, 0x11, "__01", "" },
        { 0x12, 0x13, "__01", "" },
        { 0x14, 0x14, "__01", "" },
        { 0x15, 0x15, "__01", "" },
        { 0x16, 0x17, "__01", "" },
        { 0x18, 0x18, "__01", "P" },
        { 0x19, 0x19, "__01", "" },
        { 0x1a, 0x1a, "__01", "P" },
        { 0x1b, 0x1b, "___1", "P" },
        { 0x1c, 0x1c, "IH01", "N" },
        { 0x1d, 0x1d, "__01", "N" },
        { 0x1e, 0x1e, "___1", "" },
        { 0x24, 0x24, "__01", "" },
        { 0x30, 0x31, "__01", "" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void The_table_says_what_the_RFC_prints(ulong first, ulong last, string packets, string spec)
    {
        for (var type = first; type <= last; type++)
        {
            AssertAllowed(type, PacketType.Initial, packets.Contains('I'));
            AssertAllowed(type, PacketType.Handshake, packets.Contains('H'));
            AssertAllowed(type, PacketType.ZeroRtt, packets.Contains('0'));
            AssertAllowed(type, PacketType.OneRtt, packets.Contains('1'));
            Assert.Equal(!spec.Contains('N'), FrameRules.IsAckEliciting(type));
            Assert.Equal(!spec.Contains('C'), FrameRules.CountsInFlight(type));
            Assert.Equal(spec.Contains('P'), FrameRules.IsProbing(type));
            Assert.Equal(spec.Contains('F'), FrameRules.IsFlowControlled(type));
        }
    }

    [Fact]
    public void The_table_knows_no_other_types()
    {
        for (ulong type = 0; type < 256; type++)
            Assert.Equal(Table.Any(row => type >= row.Data.Item1 && type <= row.Data.Item2), FrameRules.IsKnown(type));
    }

    // RFC 9000 §19.7, §19.20
    [Theory]
    [InlineData(FrameType.NewToken)]
    [InlineData(FrameType.HandshakeDone)]
    public void A_server_refuses_what_only_servers_send(ulong type)
    {
        Assert.Null(FrameRules.Check(type, PacketType.OneRtt, receiverIsServer: false));
        var fault = FrameRules.Check(type, PacketType.OneRtt, receiverIsServer: true);
        Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, fault!.Code);
        Assert.Equal(type, fault.FrameType);
    }

    private static void AssertAllowed(ulong type, PacketType packet, bool allowed)
    {
        Assert.Equal(allowed, FrameRules.IsAllowed(type, packet));
        var fault = FrameRules.Check(type, packet, receiverIsServer: false);
        Assert.Equal(allowed ? null : (ulong)TransportErrorCode.ProtocolViolation, fault?.Code);
    }
}
