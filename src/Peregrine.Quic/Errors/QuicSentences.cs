using System.Net.Sockets;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// The one table of what is said about failures: what happened, whose doing it was, the code with the RFC's name, and what to do about it.
/// </summary>
internal static class QuicSentences
{
    public const string HandshakeTimeout =
        "The connection could not be made: the peer did not finish the handshake within HandshakeTimeout. Check that it is running, and that "
            + "UDP reaches its port through firewalls and proxies.";

    public static string Of(QuicError error, QuicFault fault, Exception? thrown, Exception? cause) => error switch
    {
        QuicError.ConnectionAborted =>
            Join($"The peer's application closed the connection with error code {Number(fault.Code)}", fault.Reason),
        QuicError.OperationAborted when fault.IsApplication =>
            Join($"The connection was closed on this side with error code {Number(fault.Code)}", fault.Reason),
        QuicError.OperationAborted => Join("The connection was closed on this side", fault.Reason),
        QuicError.ConnectionIdle =>
            "The connection idled out: nothing was heard of the peer for the idle timeout. If silence is normal, set KeepAliveInterval on either "
                + "side, or a longer IdleTimeout on both.",
        QuicError.ConnectionTimeout or QuicError.ConnectionRefused when cause is SocketException unreachable => Unreachable(unreachable),
        QuicError.ConnectionTimeout => HandshakeTimeout,
        QuicError.ConnectionRefused when fault.Blame == ErrorBlame.Local =>
            Join($"The connection was refused on this side with {Named(fault.Code)}", fault.Reason),
        QuicError.ConnectionRefused =>
            Join($"The connection was refused by the server with {Named(fault.Code)}; try again later", fault.Reason),
        QuicError.CallbackError =>
            $"A callback of the application threw {thrown!.GetType().Name}, so this side closed the connection with {Named(fault.Code)}; "
                + "see the inner exception.",
        QuicError.InternalError =>
            Join($"This QUIC stack failed and closed the connection with {Named(fault.Code)}; please report the inner exception", fault.Reason),
        QuicError.VersionNegotiationError =>
            Join($"Client and server have no version of QUIC in common, {Named(fault.Code)}", fault.Reason),
        _ when fault.IsFromPeer =>
            Join($"The peer closed the connection with {Named(fault.Code)}", fault.Reason),
        _ when fault.Blame == ErrorBlame.PeerTransport =>
            Join($"This side closed the connection with {Named(fault.Code)}, since the peer broke a rule", fault.Reason),
        _ => Join($"This side closed the connection with {Named(fault.Code)}", fault.Reason),
    };

    public static string StreamAborted(ulong code) => $"The peer's application aborted the stream with error code {Number(code)}.";

    private static string Unreachable(SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.ConnectionRefused =>
            "The connection could not be made: nobody listens on the server's UDP port (ICMP port unreachable). Check the port, and that the "
                + "server is running.",
        SocketError.NetworkUnreachable or SocketError.NetworkDown =>
            "The connection could not be made: there is no route to the server's network. Check this machine's network, and whether it has the "
                + "address family (IPv4 or IPv6) of the server.",
        SocketError.HostUnreachable or SocketError.HostDown =>
            "The connection could not be made: the server's host is unreachable (no route, or nobody answers for its address). Check the address.",
        SocketError.MessageSize =>
            "The connection could not be made: a link on the way takes no datagrams of 1,200 bytes, which QUIC needs (RFC 9000 §14). Raise the "
                + "MTU of the tunnel or link to at least 1,280 bytes.",
        SocketError.AccessDenied =>
            "The connection could not be made: this machine does not let the datagrams out. Check its firewall, and that the address is no "
                + "broadcast address.",
        _ => $"The connection could not be made: the datagrams do not leave this machine ({cause.SocketErrorCode}). Check LocalEndPoint and "
                + "RemoteEndPoint.",
    };

    private static string Named(ulong code) => $"{TransportErrorCodes.NameOf(code)} (0x{code:x})";

    private static string Number(ulong code) => $"{code} (0x{code:x})";

    private static string Join(string what, string reason) =>
        string.IsNullOrWhiteSpace(reason) ? what + "." : $"{what}: {(reason[^1] is '.' or '!' or '?' ? reason : reason + ".")}";
}
