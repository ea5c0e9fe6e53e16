using System.Net;

namespace Peregrine.Quic;

/// <summary>
/// Takes QUIC connections on one UDP port. Connections that were accepted live on when the listener is disposed; the port stays
/// bound until the last of them is gone.
/// </summary>
public sealed class QuicListener : IAsyncDisposable
{
    private QuicListener()
    {
    }

    /// <summary>The address and port listened on; the port that the system chose where 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => throw new NotSupportedException();

    /// <summary>Binds the port and begins to listen.</summary>
    /// <param name="options">Where to listen, and how; read once.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message says how to mend it.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port could not be bound.</exception>
    public static ValueTask<QuicListener> ListenAsync(QuicListenerOptions options, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>
    /// Takes the next connection. It is handed over once it can send (RFC 9001 §4.1.1: as soon as the server has its 1-RTT keys),
    /// before the client's Finished; <see cref="QuicConnection.HandshakeCompleted"/> tells when that came. Failed handshakes are
    /// logged and not returned. A cancelled call loses no connection.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    public ValueTask<QuicConnection> AcceptConnectionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Stops listening. Connections that were not accepted are closed; accepted ones live on.</summary>
    /// <returns>A task that is done when no new connection can come.</returns>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
