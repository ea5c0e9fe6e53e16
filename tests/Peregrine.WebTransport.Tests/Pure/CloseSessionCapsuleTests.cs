using System.Buffers.Binary;
using System.Text;

namespace Peregrine.WebTransport.Tests;

public sealed class CloseSessionCapsuleTests
{
    [Fact]
    public void The_layout_is_that_of_the_draft()
    {
        var bytes = new byte[CloseSessionCapsule.MaxLength];
        var length = CloseSessionCapsule.Write(bytes, 0x01020304, "bye");

        Assert.Equal([0x68, 0x43, 0x07, 1, 2, 3, 4, (byte)'b', (byte)'y', (byte)'e'], bytes[..length]);
    }

    // draft-ietf-webtrans-http3 §6: truncation is at a UTF-8 character boundary.
    [Theory]
    [InlineData("a", 1024)]
    [InlineData("é", 1024)]
    [InlineData("€", 1023)]
    [InlineData("😀", 1024)]
    [InlineData("a€", 1024)]
    [InlineData("a😀", 1021)]
    public void A_long_reason_is_cut_between_characters(string repeated, int expectedBytes)
    {
        var reason = string.Concat(Enumerable.Repeat(repeated, 2000));
        var bytes = new byte[CloseSessionCapsule.MaxLength];
        var length = CloseSessionCapsule.Write(bytes, 1, reason);

        var body = bytes.AsSpan(4, length - 4);
        Assert.Equal(expectedBytes, body.Length - 4);
        Assert.True(CloseSessionCapsule.TryReadBody(body, out _, out var received));
        Assert.StartsWith(received, reason);
    }

    [Fact]
    public void A_lone_surrogate_is_replaced_rather_than_sent()
    {
        var bytes = new byte[CloseSessionCapsule.MaxLength];
        var length = CloseSessionCapsule.Write(bytes, 1, "x\ud800y");

        Assert.True(CloseSessionCapsule.TryReadBody(bytes.AsSpan(3, length - 3), out _, out var received));
        Assert.Equal("x\ufffdy", received);
    }

    [Fact]
    public void A_body_without_a_whole_code_or_with_bad_text_is_refused()
    {
        Assert.False(CloseSessionCapsule.TryReadBody(new byte[3], out _, out _));
        Assert.False(CloseSessionCapsule.TryReadBody(new byte[1029], out _, out _));
        Assert.False(CloseSessionCapsule.TryReadBody([0, 0, 0, 1, 0xc3], out _, out _));
        Assert.False(CloseSessionCapsule.TryReadBody([0, 0, 0, 1, 0xed, 0xa0, 0x80], out _, out _));
        Assert.True(CloseSessionCapsule.TryReadBody([0, 0, 0, 1], out var code, out var reason));
        Assert.Equal(1u, code);
        Assert.Equal("", reason);
    }

    /// <summary>An encoder of the test's own, which may lie about lengths.</summary>
    internal static byte[] Encode(uint code, string reason)
    {
        var text = Encoding.UTF8.GetBytes(reason);
        var body = new byte[4 + text.Length];
        BinaryPrimitives.WriteUInt32BigEndian(body, code);
        text.CopyTo(body, 4);
        return [0x68, 0x43, (byte)(0x40 | (body.Length >> 8)), (byte)body.Length, .. body];
    }
}
