namespace Peregrine.Tls;

/// <summary>The key pairs whose shares a client has sent, in that order. It owns them.</summary>
internal sealed class ClientKeyShares : IDisposable
{
    private readonly List<KeyExchange> _all = [];

    public ClientKeyShares(TlsCryptography cryptography, IReadOnlyList<NamedGroup> groups)
    {
        foreach (var group in groups)
            _all.Add(cryptography.CreateKeyExchange(group));
    }

    public IReadOnlyList<KeyExchange> All => _all;

    public KeyExchange? Find(NamedGroup group)
    {
        foreach (var share in _all)
        {
            if (share.Group == group)
                return share;
        }

        return null;
    }

    /// <summary>Drops them all for one of another group, as a HelloRetryRequest asks.</summary>
    public void ReplaceAll(TlsCryptography cryptography, NamedGroup group)
    {
        Dispose();
        _all.Add(cryptography.CreateKeyExchange(group));
    }

    public void Dispose()
    {
        foreach (var share in _all)
            share.Dispose();
        _all.Clear();
    }
}
