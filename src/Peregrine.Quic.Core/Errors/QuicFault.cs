namespace Peregrine.Quic.Core;

/// <summary>
/// Why a connection ends: a code, the frame type that set it off (0 where none did), one sentence, and who is to blame. The factories
/// named after the RFC's error codes are for rules that the peer broke; it is they who are blamed.
/// </summary>
/// <param name="Blame">Whose doing it was.</param>
/// <param name="IsApplication">The code is the application's (CONNECTION_CLOSE of type 0x1d), not the transport's.</param>
/// <param name="Code">A <see cref="TransportErrorCode"/> or an application's error code.</param>
/// <param name="FrameType">The frame type at fault, for the Frame Type field of CONNECTION_CLOSE; 0 where unknown.</param>
/// <param name="Reason">One sentence. It may go to the peer, so it holds no secrets.</param>
internal sealed record QuicFault(ErrorBlame Blame, bool IsApplication, ulong Code, ulong FrameType, string Reason)
{
    /// <summary>The peer closed, with this code. False when this side did, even if the peer gave cause.</summary>
    public bool IsFromPeer { get; private init; }

    public static QuicFault FrameEncoding(ulong frameType, string reason) =>
        PeerBroke(TransportErrorCode.FrameEncodingError, reason, frameType);

    public static QuicFault ProtocolViolation(string reason, ulong frameType = 0) =>
        PeerBroke(TransportErrorCode.ProtocolViolation, reason, frameType);

    public static QuicFault FlowControl(ulong frameType, string reason) =>
        PeerBroke(TransportErrorCode.FlowControlError, reason, frameType);

    public static QuicFault StreamLimit(ulong frameType, string reason) =>
        PeerBroke(TransportErrorCode.StreamLimitError, reason, frameType);

    public static QuicFault StreamState(ulong frameType, string reason) =>
        PeerBroke(TransportErrorCode.StreamStateError, reason, frameType);

    public static QuicFault FinalSize(ulong frameType, string reason) => PeerBroke(TransportErrorCode.FinalSizeError, reason, frameType);

    public static QuicFault TransportParameter(string reason) =>
        PeerBroke(TransportErrorCode.TransportParameterError, reason, Core.FrameType.Crypto);

    public static QuicFault ConnectionIdLimit(ulong frameType, string reason) =>
        PeerBroke(TransportErrorCode.ConnectionIdLimitError, reason, frameType);

    public static QuicFault CryptoBufferExceeded(string reason) =>
        PeerBroke(TransportErrorCode.CryptoBufferExceeded, reason, Core.FrameType.Crypto);

    public static QuicFault KeyUpdate(string reason) => PeerBroke(TransportErrorCode.KeyUpdateError, reason);

    public static QuicFault InvalidToken(string reason) => PeerBroke(TransportErrorCode.InvalidToken, reason);

    public static QuicFault VersionNegotiation(string reason) => PeerBroke(TransportErrorCode.VersionNegotiationError, reason);

    /// <summary>A TLS alert of ours (RFC 9001 §4.8).</summary>
    public static QuicFault Crypto(byte alert, string reason) =>
        new(ErrorBlame.PeerTransport, IsApplication: false, (ulong)TransportErrorCode.CryptoError + alert, Core.FrameType.Crypto, reason);

    public static QuicFault Internal(string reason) => Ours(TransportErrorCode.InternalError, reason);

    public static QuicFault ConnectionRefused(string reason) => Ours(TransportErrorCode.ConnectionRefused, reason);

    public static QuicFault AeadLimitReached(string reason) => Ours(TransportErrorCode.AeadLimitReached, reason);

    public static QuicFault NoViablePath(string reason) => Ours(TransportErrorCode.NoViablePath, reason);

    /// <summary>A close without an error (NO_ERROR).</summary>
    public static QuicFault NoError(string reason) => Ours(TransportErrorCode.NoError, reason);

    /// <summary>Our application closes with a code of its own.</summary>
    public static QuicFault ApplicationClose(ulong code, string reason) => new(ErrorBlame.Local, IsApplication: true, code, 0, reason);

    /// <summary>
    /// What stands in place of an application's code while only Initial and Handshake packets can be sent (RFC 9000 §10.2.3).
    /// </summary>
    public static QuicFault ApplicationError() => Ours(TransportErrorCode.ApplicationError, "");

    public static QuicFault Timeout(string reason) =>
        new(ErrorBlame.Timeout, IsApplication: false, (ulong)TransportErrorCode.NoError, 0, reason);

    /// <summary>What a CONNECTION_CLOSE frame of the peer says.</summary>
    public static QuicFault FromPeer(bool isApplication, ulong code, ulong frameType, string reason) =>
        new(isApplication ? ErrorBlame.PeerApplication : ErrorBlame.PeerTransport, isApplication, code, frameType, reason) { IsFromPeer = true };

    public override string ToString() =>
        $"{(IsApplication ? $"application error 0x{Code:x}" : TransportErrorCodes.NameOf(Code))} ({Blame}): {Reason}";

    private static QuicFault PeerBroke(TransportErrorCode code, string reason, ulong frameType = 0) =>
        new(ErrorBlame.PeerTransport, IsApplication: false, (ulong)code, frameType, reason);

    private static QuicFault Ours(TransportErrorCode code, string reason) =>
        new(ErrorBlame.Local, IsApplication: false, (ulong)code, 0, reason);
}
