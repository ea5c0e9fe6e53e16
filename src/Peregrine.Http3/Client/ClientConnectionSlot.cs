using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// The place of one host's connection in a handler: it makes one when there is none, and another when that one ended or is going away. It
/// owns the connection. Thread-safe.
/// </summary>
internal sealed class ClientConnectionSlot(Func<CancellationToken, Task<Http3ClientConnection>> connect)
{
    private readonly Lock _lock = new();
    private Task<Http3ClientConnection>? _connecting;

    /// <summary>A connection that takes requests.</summary>
    public async Task<Http3ClientConnection> GetAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Http3ClientConnection> connecting;
            lock (_lock)
            {
                if (_connecting is null || !IsUsable(_connecting))
                {
                    Retire(_connecting);
                    // The attempt serves every request that waits for it, so none of them cancels it; the handshake has its own timeout.
                    _connecting = connect(CancellationToken.None);
                }

                connecting = _connecting;
            }

            var connection = await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (IsUsable(connecting))
                return connection;
        }
    }

    /// <summary>The connection rejected a request; it gets no more.</summary>
    public void Discard(Http3ClientConnection connection)
    {
        lock (_lock)
        {
            if (_connecting is not { IsCompletedSuccessfully: true } current || current.Result != connection)
                return;
            Retire(_connecting);
            _connecting = null;
        }
    }

    public async Task CloseAsync()
    {
        Task<Http3ClientConnection>? connecting;
        lock (_lock)
            connecting = _connecting;
        if (connecting is null)
            return;
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
            await DisposeQuietlyAsync(connecting.Result).ConfigureAwait(false);
    }

    private static bool IsUsable(Task<Http3ClientConnection> connecting) =>
        !connecting.IsCompleted
        || (connecting.IsCompletedSuccessfully && connecting.Result is { Failure: null, PeerGoAwayId: null });

    // A connection that is going away finishes what is under way, then the server or the idle timeout closes it.
    private static void Retire(Task<Http3ClientConnection>? connecting)
    {
        if (connecting is { IsCompletedSuccessfully: true, Result: { ActiveRequests: 0 } idle })
            _ = DisposeQuietlyAsync(idle);
    }

    private static async Task DisposeQuietlyAsync(Http3ClientConnection connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            // It had ended.
        }
    }
}
