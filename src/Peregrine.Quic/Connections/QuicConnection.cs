using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Quic;

/// <summary>
/// A QUIC connection (RFC 9000): streams both ways, and datagrams (RFC 9221). All members may be called from any thread at once.
/// </summary>
public sealed class QuicConnection : IAsyncDisposable
{
    private QuicConnection()
    {
    }

    /// <summary>The peer's address and port. It changes when the peer migrates (RFC 9000 §9).</summary>
    public IPEndPoint RemoteEndPoint => throw new NotSupportedException();

    /// <summary>This side's address and port.</summary>
    public IPEndPoint LocalEndPoint => throw new NotSupportedException();

    /// <summary>The server's certificate on a client; null on a server, where clients show none.</summary>
    public X509Certificate? RemoteCertificate => throw new NotSupportedException();

    /// <summary>The application protocol agreed on. Empty until the options callback of a server returned.</summary>
    public SslApplicationProtocol NegotiatedApplicationProtocol => throw new NotSupportedException();

    /// <summary>The server name the client asked for, or an empty string.</summary>
    public string TargetHostName => throw new NotSupportedException();

    /// <summary>The cipher suite in use.</summary>
    public TlsCipherSuite NegotiatedCipherSuite => throw new NotSupportedException();

    /// <summary>Always TLS 1.3 (RFC 9001 §4.2).</summary>
    public SslProtocols SslProtocol => SslProtocols.Tls13;

    /// <summary>
    /// Done when the TLS handshake is complete; on a server that is when the client's Finished arrived. At once on a client after
    /// <see cref="ConnectAsync"/>. Faults with the connection's <see cref="QuicException"/> when it ends before.
    /// </summary>
    public Task HandshakeCompleted => throw new NotSupportedException();

    /// <summary>Done when the connection has ended, for whatever reason, with why. Never faults.</summary>
    public Task<QuicException> Closed => throw new NotSupportedException();

    /// <summary>The most bytes a datagram may carry at present; 0 while the peer takes none. It changes with the path's MTU.</summary>
    public int MaxDatagramSize => throw new NotSupportedException();

    /// <summary>Whether the peer takes datagrams (RFC 9221 §3).</summary>
    public bool PeerSupportsDatagrams => throw new NotSupportedException();

    /// <summary>Whether both sides can reset a stream and yet deliver its beginning (RESET_STREAM_AT); see <see cref="QuicStream.ReliableSize"/>.</summary>
    public bool SupportsReliableReset => throw new NotSupportedException();

    /// <summary>Connects to a server.</summary>
    /// <param name="options">Whom to connect to, and how; read once.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The connection, its handshake complete.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message says how to mend it.</exception>
    /// <exception cref="AuthenticationException">The TLS handshake failed; the inner exception is the <see cref="QuicException"/>.</exception>
    /// <exception cref="QuicException">The connection could not be made.</exception>
    public static ValueTask<QuicConnection> ConnectAsync(QuicClientConnectionOptions options, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Opens a stream, and waits for the peer's leave to do so if need be (RFC 9000 §4.6). The peer learns of it with the first bytes.</summary>
    /// <param name="type">One way or both.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stream; the caller disposes it.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask<QuicStream> OpenOutboundStreamAsync(QuicStreamType type, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Opens a stream if the peer's limit leaves room for it now.</summary>
    /// <param name="type">One way or both.</param>
    /// <param name="stream">The stream; the caller disposes it.</param>
    /// <returns>False when there is no room.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public bool TryOpenOutboundStream(QuicStreamType type, [NotNullWhen(true)] out QuicStream? stream) => throw new NotSupportedException();

    /// <summary>Takes the next stream that the peer opened. A cancelled call loses no stream.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stream; the caller disposes it.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask<QuicStream> AcceptInboundStreamAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Gives a datagram to the network, if there is room for it now.</summary>
    /// <param name="datagram">The payload, copied.</param>
    /// <returns>What became of it.</returns>
    public DatagramSendResult TrySendDatagram(ReadOnlySpan<byte> datagram) => throw new NotSupportedException();

    /// <summary>Gives a datagram of two parts to the network, if there is room for it now.</summary>
    /// <param name="prefix">The first bytes, copied.</param>
    /// <param name="datagram">The bytes after them, copied.</param>
    /// <returns>What became of it.</returns>
    public DatagramSendResult TrySendDatagram(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> datagram) => throw new NotSupportedException();

    /// <summary>Gives a datagram to the network, and waits for room in the send queue if need be.</summary>
    /// <param name="datagram">The payload; it must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that is done when the datagram was taken.</returns>
    /// <exception cref="ArgumentException">The datagram is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask SendDatagramAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Gives a datagram of two parts to the network, and waits for room in the send queue if need be.</summary>
    /// <param name="prefix">The first bytes; they must not change until the task is done.</param>
    /// <param name="datagram">The bytes after them; they must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that is done when the datagram was taken.</returns>
    /// <exception cref="ArgumentException">The datagram is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask SendDatagramAsync(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Receives the next datagram. A cancelled call loses none. Several may wait at once; each datagram goes to one of them.</summary>
    /// <param name="buffer">Where the payload goes; 65,535 bytes hold any.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The length of the datagram.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    /// <exception cref="QuicException">The connection has ended, and every datagram that came before was received.</exception>
    public ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Receives a datagram if one is there.</summary>
    /// <param name="buffer">Where the payload goes.</param>
    /// <param name="length">The length of the datagram.</param>
    /// <returns>False when none is there.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    public bool TryReceiveDatagram(Span<byte> buffer, out int length) => throw new NotSupportedException();

    /// <summary>How the connection fares.</summary>
    /// <returns>The figures of this moment.</returns>
    public QuicConnectionStatistics GetStatistics() => throw new NotSupportedException();

    /// <summary>Closes the connection with a code of the application's. Data that the peer has not acknowledged may be lost.</summary>
    /// <param name="errorCode">0 to 2^62-1.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask CloseAsync(long errorCode, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Closes the connection with a code and a reason of the application's. Data that the peer has not acknowledged may be lost.</summary>
    /// <param name="errorCode">0 to 2^62-1.</param>
    /// <param name="reason">A sentence for the peer's people; what does not fit in a packet is cut off.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask CloseAsync(long errorCode, string reason, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Closes the connection with <see cref="QuicConnectionOptions.DefaultCloseErrorCode"/> if it is still open. It never waits for the peer.</summary>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
