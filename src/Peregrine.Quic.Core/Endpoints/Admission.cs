using System.Collections.Concurrent;

namespace Peregrine.Quic.Core;

internal enum AdmissionVerdict : byte
{
    Admit,

    /// <summary>Too many handshakes are under way: nothing is said, since whoever asks may not be there at all.</summary>
    Drop,

    /// <summary>As many connections as the application wants: a client that is really there may be told so.</summary>
    Refuse,
}

/// <summary>
/// How many connections a server holds, and whether one more is let in. A connection counts as half open from its first Initial until its
/// handshake is complete, or until nothing is left of it: one that fails keeps its memory while it closes. Addresses count once they are
/// proven, so that nobody uses up another's share by forging it. All but <see cref="Judge"/> may be called by several threads at once.
/// </summary>
internal sealed class Admission(EndpointSettings settings)
{
    private readonly ConcurrentDictionary<UInt128, int> _byAddress = new();
    private int _halfOpen;
    private int _connections;

    public int HalfOpenCount => Volatile.Read(ref _halfOpen);

    /// <summary>All server connections that something is left of, half-open ones included.</summary>
    public int ConnectionCount => Volatile.Read(ref _connections);

    private bool CountsAddresses => settings.MaxConnectionsPerAddress != int.MaxValue;

    public AdmissionVerdict Judge(in NetworkAddress remote)
    {
        if (HalfOpenCount >= settings.MaxHalfOpenConnections)
            return AdmissionVerdict.Drop;
        if (ConnectionCount >= settings.MaxConnections)
            return AdmissionVerdict.Refuse;
        return CountsAddresses && _byAddress.GetValueOrDefault(KeyOf(remote)) >= settings.MaxConnectionsPerAddress
            ? AdmissionVerdict.Refuse
            : AdmissionVerdict.Admit;
    }

    public void OnAccepted()
    {
        Interlocked.Increment(ref _halfOpen);
        Interlocked.Increment(ref _connections);
    }

    /// <summary>False when its address has as many connections as it may have; those under way together are judged here.</summary>
    public bool OnHandshakeComplete(in NetworkAddress remote)
    {
        Interlocked.Decrement(ref _halfOpen);
        return !CountsAddresses || _byAddress.AddOrUpdate(KeyOf(remote), 1, static (_, count) => count + 1) <= settings.MaxConnectionsPerAddress;
    }

    /// <summary>Nothing is left of the connection.</summary>
    public void OnDrained(in NetworkAddress remote, bool wasComplete)
    {
        Interlocked.Decrement(ref _connections);
        if (!wasComplete)
            Interlocked.Decrement(ref _halfOpen);
        else if (CountsAddresses)
            Forget(KeyOf(remote));
    }

    private void Forget(UInt128 key)
    {
        var left = _byAddress.AddOrUpdate(key, 0, static (_, count) => count - 1);
        if (left <= 0)
            _byAddress.TryRemove(KeyValuePair.Create(key, left));
    }

    // Whoever has an IPv6 address usually has 2^64 of them (RFC 6177).
    private static UInt128 KeyOf(in NetworkAddress remote) => remote.IsIPv4 ? remote.Address : remote.Address >> 64 << 64;
}
