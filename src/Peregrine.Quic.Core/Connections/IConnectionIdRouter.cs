namespace Peregrine.Quic.Core;

/// <summary>Where a connection gets the IDs that datagrams reach it by. The endpoint owns the table behind it.</summary>
internal interface IConnectionIdRouter
{
    /// <summary>
    /// Makes a new ID that routes to <paramref name="connection"/>, unlike every other in use, with its stateless reset token.
    /// </summary>
    ConnectionId Issue(ConnectionEngine connection, out StatelessResetToken token);

    /// <summary>Datagrams to this ID no longer reach the connection.</summary>
    void Retire(in ConnectionId id);

    /// <summary>
    /// The handshake of a server connection is complete. False when its address has all the connections it may have: it is to be refused.
    /// </summary>
    bool OnHandshakeComplete(in NetworkPath path);

    /// <summary>Nothing is left of a server connection. Called once for each.</summary>
    void OnDrained(in NetworkPath path, bool wasComplete);
}
