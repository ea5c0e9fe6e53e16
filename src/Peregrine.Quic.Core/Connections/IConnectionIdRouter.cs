namespace Peregrine.Quic.Core;

/// <summary>Where a connection gets the IDs that datagrams reach it by. The endpoint owns the table behind it.</summary>
internal interface IConnectionIdRouter
{
    /// <summary>Makes a new ID that routes to <paramref name="connection"/>, unlike every other in use, with its stateless reset token.</summary>
    ConnectionId Issue(ConnectionEngine connection, out StatelessResetToken token);

    /// <summary>Datagrams to this ID no longer reach the connection.</summary>
    void Retire(in ConnectionId id);

    /// <summary>A server connection that the endpoint accepted is past its handshake, well or ill. Called once for each.</summary>
    void OnHandshakeEnded();
}
