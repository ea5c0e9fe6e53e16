using System.Collections.Concurrent;
using System.Security.Cryptography;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Which connection a destination connection ID means. It is the one piece of the core that several connections share, each under its own
/// lock, hence a concurrent dictionary. IDs are random bytes; a stateless reset token is a keyed hash of its ID (RFC 9000 §10.3.2).
/// </summary>
internal sealed class ConnectionIdTable(IRandomSource random, ReadOnlyMemory<byte> resetKey, Admission admission) : IConnectionIdRouter
{
    private readonly ConcurrentDictionary<ConnectionId, ConnectionEngine> _connections = new();

    public int Count => _connections.Count;

    public bool TryFind(in ConnectionId id, out ConnectionEngine? connection) => _connections.TryGetValue(id, out connection);

    public ConnectionId Issue(ConnectionEngine connection, out StatelessResetToken token)
    {
        ConnectionId id;
        do
            id = ConnectionId.Random(random, ConnectionId.IssuedLength);
        while (!_connections.TryAdd(id, connection)); // robustness H17

        token = TokenOf(id);
        return id;
    }

    /// <summary>Routes an ID of the client's own choosing, that of its first Initial packets.</summary>
    public bool TryAdd(in ConnectionId id, ConnectionEngine connection) => _connections.TryAdd(id, connection);

    public bool OnHandshakeComplete(in NetworkPath path) => admission.OnHandshakeComplete(path.Remote);

    public void OnDrained(in NetworkPath path, bool wasComplete) => admission.OnDrained(path.Remote, wasComplete);

    public void Retire(in ConnectionId id) => _connections.TryRemove(id, out _);

    public StatelessResetToken TokenOf(in ConnectionId id)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(resetKey.Span, id.Span, hash);
        return StatelessResetToken.FromSpan(hash[..StatelessResetToken.Size]);
    }
}
