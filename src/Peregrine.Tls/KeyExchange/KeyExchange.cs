namespace Peregrine.Tls;

/// <summary>
/// Our half of one key exchange as the client: a fresh key pair whose public part is <see cref="Share"/>. It is used once and then
/// disposed.
/// </summary>
internal abstract class KeyExchange(NamedGroup group) : IDisposable
{
    public NamedGroup Group { get; } = group;

    /// <summary>The key_exchange field of our KeyShareEntry.</summary>
    public abstract ReadOnlySpan<byte> Share { get; }

    /// <summary>Finishes with the server's key_exchange; false when that is not a valid one for the group.</summary>
    public abstract bool TryComplete(ReadOnlySpan<byte> serverShare, out byte[] sharedSecret);

    public abstract void Dispose();
}
