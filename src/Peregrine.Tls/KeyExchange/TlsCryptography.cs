using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// Where a handshake gets its randomness and its ephemeral keys from. X25519 and the hybrid draw all they need from <see cref="Random"/>;
/// P-256 and P-384 keys come from the platform. A test overrides the key exchanges to fix or to spoil them. One instance serves many
/// handshakes.
/// </summary>
internal class TlsCryptography(IRandomSource random)
{
    public IRandomSource Random { get; } = random;

    /// <summary>A fresh key pair of the client's.</summary>
    public virtual KeyExchange CreateKeyExchange(NamedGroup group) => group switch
    {
        NamedGroup.X25519MLKem768 => new X25519MLKem768KeyExchange(Random),
        NamedGroup.X25519 => new X25519KeyExchange(Random),
        _ => new EcdhKeyExchange(group),
    };

    /// <summary>The server's answer to a client's share; false when that share is not a valid one for the group.</summary>
    public virtual bool TryAnswerKeyExchange(NamedGroup group, ReadOnlySpan<byte> clientShare, out KeyExchangeAnswer answer) => group switch
    {
        NamedGroup.X25519MLKem768 => X25519MLKem768KeyExchange.TryAnswer(clientShare, Random, out answer),
        NamedGroup.X25519 => X25519KeyExchange.TryAnswer(clientShare, Random, out answer),
        _ => EcdhKeyExchange.TryAnswer(group, clientShare, out answer),
    };
}
