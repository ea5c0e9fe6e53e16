using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Makes a client connection: finds the server's addresses and tries one after the other, the families in turn and each a little after the
/// one
/// before (RFC 8305 §4, §5), until one answers or the time for all of it is over.
/// </summary>
internal static class ConnectionAttempt
{
    /// <summary>RFC 8305 §8 recommends 250 ms.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan MaxTimer = TimeSpan.FromDays(40);

    private const int MaxAddresses = 8;

    public static async ValueTask<QuicConnection> RunAsync(
        QuicClientConnectionOptions options, ClientTls tls, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(Limit(options.HandshakeTimeout), options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var addresses = await ResolveAsync(options, either.Token).ConfigureAwait(false);
            return addresses.Count == 1
                ? await ConnectAsync(addresses[0], options, tls, either.Token).ConfigureAwait(false)
                : await RaceAsync(addresses, options, tls, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // The token that the caller knows, not the linked one.
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(e.Message, e, cancellationToken);
            throw QuicExceptions.HandshakeTimeout();
        }
    }

    /// <summary>
    /// The order to try addresses in: that of the resolver, which knows the preferences, but the families in turn, so that one that does
    /// not
    /// work costs one attempt (RFC 8305 §4).
    /// </summary>
    internal static List<IPEndPoint> Interleave(IReadOnlyList<IPEndPoint> addresses)
    {
        var ordered = new List<IPEndPoint>(addresses.Count);
        if (addresses.Count == 0)
            return ordered;
        var first = new Queue<IPEndPoint>(addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily));
        var second = new Queue<IPEndPoint>(addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily));
        while (first.Count + second.Count > 0)
        {
            if (first.TryDequeue(out var one))
                ordered.Add(one);
            if (second.TryDequeue(out var other))
                ordered.Add(other);
        }

        return ordered;
    }

    // No timer runs longer.
    private static TimeSpan Limit(TimeSpan timeout) => timeout < MaxTimer ? timeout : Timeout.InfiniteTimeSpan;

    private static async Task<QuicConnection> RaceAsync(
        List<IPEndPoint> addresses, QuicClientConnectionOptions options, ClientTls tls, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<QuicConnection>>();
        var next = 0;
        Exception? firstFailure = null;
        try
        {
            while (true)
            {
                // Whoever cancelled wants no further attempt.
                cancellationToken.ThrowIfCancellationRequested();
                if (next < addresses.Count)
                    attempts.Add(ConnectAsync(addresses[next++], options, tls, losers.Token).AsTask());
                var finished = await FirstAsync(attempts, next < addresses.Count, options.TimeProvider, losers.Token).ConfigureAwait(false);
                if (finished is null)
                    continue;

                attempts.Remove(finished);
                if (finished.IsCompletedSuccessfully || finished.IsCanceled)
                    return await finished.ConfigureAwait(false);
                firstFailure ??= finished.Exception?.InnerException;
                if (attempts.Count == 0 && next == addresses.Count)
                    ExceptionDispatchInfo.Throw(firstFailure!);
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            Abandon(attempts);
        }
    }

    /// <summary>The first attempt to finish; null when it is time to begin another.</summary>
    private static async Task<Task<QuicConnection>?> FirstAsync(
        List<Task<QuicConnection>> attempts, bool hasMore, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (!hasMore)
            return await Task.WhenAny(attempts).ConfigureAwait(false);
        var pause = Task.Delay(AttemptDelay, timeProvider, cancellationToken);
        return await Task.WhenAny([.. attempts, pause]).ConfigureAwait(false) as Task<QuicConnection>;
    }

    // An attempt that succeeds although it was cancelled is closed again.
    private static void Abandon(List<Task<QuicConnection>> attempts)
    {
        foreach (var attempt in attempts)
        {
            _ = attempt.ContinueWith(
                static task => task.IsCompletedSuccessfully ? task.Result.DisposeAsync().AsTask() : Task.FromResult(task.Exception),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private static async Task<List<IPEndPoint>> ResolveAsync(QuicClientConnectionOptions options, CancellationToken cancellationToken)
    {
        if (options.RemoteEndPoint is IPEndPoint ip)
            return [ip];
        var dns = (DnsEndPoint)options.RemoteEndPoint;
        var found = await Dns.GetHostAddressesAsync(dns.Host, dns.AddressFamily, cancellationToken).ConfigureAwait(false);
        var usable = new List<IPEndPoint>();
        foreach (var address in found)
        {
            var isUsable = address.AddressFamily == AddressFamily.InterNetwork ? Socket.OSSupportsIPv4 : Socket.OSSupportsIPv6;
            if (isUsable && Fits(options.LocalEndPoint, address))
                usable.Add(new IPEndPoint(address, dns.Port));
        }

        if (usable.Count == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        var ordered = Interleave(usable);
        return ordered.Count <= MaxAddresses ? ordered : ordered[..MaxAddresses];
    }

    private static bool Fits(IPEndPoint? local, IPAddress remote) =>
        local is null || local.AddressFamily == remote.AddressFamily || local.Address.Equals(IPAddress.IPv6Any);

    private static async ValueTask<QuicConnection> ConnectAsync(
        IPEndPoint remote, QuicClientConnectionOptions options, ClientTls tls, CancellationToken cancellationToken)
    {
        var connection = Begin(remote, options, tls);
        try
        {
            await connection.HandshakeCompleted.WaitAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);

            // The task's exception may be thrown to others too: ours gets a stack of its own.
            throw connection.Lifetime.IsClosed ? QuicExceptions.ForHandshake(connection.Lifetime.CreateException()) : e;
        }
        catch (OperationCanceledException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static QuicConnection Begin(IPEndPoint remote, QuicClientConnectionOptions options, ClientTls tls)
    {
        var endpoint = ClientEndpoints.Rent(options, remote.Address);
        QuicConnection connection;
        try
        {
            var engine = endpoint.Connect(CoreSettings.From(options), tls.Settings, NetworkAddress.From(remote));
            connection = new QuicConnection(engine, endpoint, options, tls);
        }
        catch
        {
            ClientEndpoints.Return(endpoint);
            throw;
        }

        lock (connection.Driver.Gate)
            connection.Driver.Flush();
        return connection;
    }
}
