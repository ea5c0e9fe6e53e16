namespace Peregrine.Tls;

/// <summary>
/// One thing a handshake can be waiting for. A state handles exactly one message and gives the next state, to which it hands on what it
/// owns; facts
/// that the next one relies on are its constructor's arguments. A state that is left through a failure is disposed.
/// </summary>
internal abstract class HandshakeState : IDisposable
{
    /// <summary>The level at which the peer's next message comes. It changes only between messages (RFC 9001 §4.1.3).</summary>
    public abstract EncryptionLevel Level { get; }

    public virtual TlsState Visible => TlsState.Handshaking;

    /// <summary>Never called while the handshake is paused in this state.</summary>
    public abstract HandshakeState Handle(in HandshakeMessage message);

    public void Dispose() => Release();

    /// <summary>Lets go of what the state owns.</summary>
    protected virtual void Release()
    {
    }

    protected static PeerMisbehavior Unexpected(in HandshakeMessage message) =>
        message.Type == HandshakeType.KeyUpdate ? PeerMisbehavior.KeyUpdateMessage : PeerMisbehavior.UnexpectedMessage;
}
