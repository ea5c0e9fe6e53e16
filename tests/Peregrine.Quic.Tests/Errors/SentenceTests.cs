using System.Net.Sockets;
using System.Security.Authentication;
using Peregrine.Quic.Core;

namespace Peregrine.Quic.Tests;

/// <summary>What is said about a failure: what happened, whose doing it was, and the code with its name.</summary>
public sealed class SentenceTests
{
    private const byte HandshakeFailure = 40;

    public static TheoryData<ulong> Codes { get; } =
        [.. Enum.GetValues<TransportErrorCode>().Select(code => (ulong)code), (ulong)TransportErrorCode.CryptoError + HandshakeFailure];

    [Theory]
    [MemberData(nameof(Codes))]
    [Trait("Review", "X9")]
    public void A_close_of_the_peer_names_the_peer_and_the_code(ulong code)
    {
        var message = MessageOf(QuicFault.FromPeer(isApplication: false, code, frameType: 0, reason: ""));
        Assert.Matches("by the server|The peer closed|have no version", message);
        Assert.DoesNotContain("This side", message, StringComparison.Ordinal);
        Assert.Contains($"{TransportErrorCodes.NameOf(code)} (0x{code:x})", message, StringComparison.Ordinal);
        AssertWhole(message);
    }

    [Fact]
    [Trait("Review", "X9")]
    public void A_TLS_alert_says_which_side_sent_it()
    {
        const ulong code = (ulong)TransportErrorCode.CryptoError + HandshakeFailure;
        var ours = MessageOf(QuicFault.Crypto(HandshakeFailure, "no cipher suite in common"));
        var theirs = MessageOf(QuicFault.FromPeer(isApplication: false, code, frameType: 6, "no cipher suite in common"));
        Assert.StartsWith("This side closed the connection with ", ours, StringComparison.Ordinal);
        Assert.StartsWith("The peer closed the connection with ", theirs, StringComparison.Ordinal);
        Assert.Contains(TransportErrorCodes.NameOf(code), ours, StringComparison.Ordinal);
        var thrown = QuicExceptions.ForHandshake(
            QuicExceptions.From(QuicFault.Crypto(HandshakeFailure, ""), isHandshakeComplete: false, thrown: null, cause: null));
        Assert.IsType<AuthenticationException>(thrown);
    }

    [Fact]
    [Trait("Review", "X9")]
    public void No_sentence_ends_in_a_colon_when_there_is_no_reason()
    {
        QuicFault[] faults =
        [
            QuicFault.ApplicationClose(7, ""), QuicFault.FromPeer(isApplication: true, 7, 0, ""), QuicFault.NoError(""), QuicFault.Internal(""),
            QuicFault.ConnectionRefused(""), QuicFault.Timeout(""), QuicFault.ProtocolViolation(""), QuicFault.VersionNegotiation(""),
        ];
        foreach (var fault in faults)
            AssertWhole(MessageOf(fault));
    }

    [Fact]
    [Trait("Review", "X2")]
    public void A_failure_of_the_stack_is_not_put_on_a_callback_of_the_application()
    {
        var failed = QuicExceptions.From(QuicFault.Internal("x"), isHandshakeComplete: true, thrown: null, new InvalidOperationException());
        var callback = QuicExceptions.From(QuicFault.Internal("x"), isHandshakeComplete: false, new InvalidOperationException(), cause: null);
        Assert.Equal(QuicError.InternalError, failed.QuicError);
        Assert.DoesNotContain("callback", failed.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(failed.InnerException);
        Assert.Equal(QuicError.CallbackError, callback.QuicError);
        Assert.Contains(nameof(InvalidOperationException), callback.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Review", "N3")]
    [InlineData(SocketError.ConnectionRefused, "nobody listens")]
    [InlineData(SocketError.NetworkUnreachable, "no route")]
    [InlineData(SocketError.HostUnreachable, "unreachable")]
    [InlineData(SocketError.MessageSize, "MTU")]
    [InlineData(SocketError.AccessDenied, "firewall")]
    public void What_the_network_says_has_a_sentence_of_its_own(SocketError error, string says)
    {
        var failed = QuicExceptions.From(
            QuicFault.NoViablePath(""), isHandshakeComplete: false, thrown: null, new SocketException((int)error));
        Assert.Contains(says, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("took too long", failed.Message, StringComparison.Ordinal);
        Assert.Null(failed.TransportErrorCode);
        AssertWhole(failed.Message);
    }

    private static string MessageOf(QuicFault fault) =>
        QuicExceptions.From(fault, isHandshakeComplete: false, thrown: null, cause: null).Message;

    private static void AssertWhole(string message)
    {
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.DoesNotMatch(@":\s*\.?$", message);
    }
}
