namespace Peregrine.Quic.Core.Tests;

public sealed class QuicFaultTests
{
    // RFC 9000 §20.1
    [Theory]
    [InlineData(0x00, "NO_ERROR")]
    [InlineData(0x01, "INTERNAL_ERROR")]
    [InlineData(0x02, "CONNECTION_REFUSED")]
    [InlineData(0x03, "FLOW_CONTROL_ERROR")]
    [InlineData(0x04, "STREAM_LIMIT_ERROR")]
    [InlineData(0x05, "STREAM_STATE_ERROR")]
    [InlineData(0x06, "FINAL_SIZE_ERROR")]
    [InlineData(0x07, "FRAME_ENCODING_ERROR")]
    [InlineData(0x08, "TRANSPORT_PARAMETER_ERROR")]
    [InlineData(0x09, "CONNECTION_ID_LIMIT_ERROR")]
    [InlineData(0x0a, "PROTOCOL_VIOLATION")]
    [InlineData(0x0b, "INVALID_TOKEN")]
    [InlineData(0x0c, "APPLICATION_ERROR")]
    [InlineData(0x0d, "CRYPTO_BUFFER_EXCEEDED")]
    [InlineData(0x0e, "KEY_UPDATE_ERROR")]
    [InlineData(0x0f, "AEAD_LIMIT_REACHED")]
    [InlineData(0x10, "NO_VIABLE_PATH")]
    [InlineData(0x11, "VERSION_NEGOTIATION_ERROR")]
    [InlineData(0x128, "CRYPTO_ERROR (TLS alert 40, handshake_failure)")]
    [InlineData(0x1234, "0x1234")]
    public void Codes_have_the_names_of_the_RFC(ulong code, string name) => Assert.Equal(name, TransportErrorCodes.NameOf(code));

    [Fact]
    public void Whoever_broke_the_rule_is_blamed()
    {
        Assert.Equal(ErrorBlame.PeerTransport, QuicFault.FinalSize(FrameType.Stream, "x").Blame);
        Assert.Equal(ErrorBlame.Local, QuicFault.Internal("x").Blame);
        Assert.Equal(ErrorBlame.Local, QuicFault.ApplicationClose(7, "x").Blame);
        Assert.Equal(ErrorBlame.Timeout, QuicFault.Timeout("x").Blame);
        Assert.Equal(ErrorBlame.PeerApplication, QuicFault.FromPeer(isApplication: true, 7, 0, "x").Blame);
        Assert.Equal(ErrorBlame.PeerTransport, QuicFault.FromPeer(isApplication: false, 7, 0, "x").Blame);
        Assert.Equal(0x100UL + 40, QuicFault.Crypto(40, "x").Code);
    }
}
