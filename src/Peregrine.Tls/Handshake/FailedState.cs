using System.Diagnostics;

namespace Peregrine.Tls;

/// <summary>The end of every handshake that fails.</summary>
internal sealed class FailedState : HandshakeState
{
    public static FailedState Instance { get; } = new();

    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override TlsState Visible => TlsState.Failed;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        Debug.Fail("A failed handshake takes no more messages.");
        return this;
    }
}
