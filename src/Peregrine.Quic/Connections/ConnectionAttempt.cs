using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Makes a client connection: finds the server's addresses and tries one after the other, each a little after the one before (RFC 8305 §5),
/// until one answers.
/// </summary>
internal static class ConnectionAttempt
{
    /// <summary>RFC 8305 §8 recommends 250 ms.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private const int MaxAddresses = 8;

    public static async ValueTask<QuicConnection> RunAsync(
        QuicClientConnectionOptions options, ClientTls tls, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var addresses = await ResolveAsync(options, cancellationToken).ConfigureAwait(false);
        return addresses.Count == 1
            ? await ConnectAsync(addresses[0], options, tls, cancellationToken).ConfigureAwait(false)
            : await RaceAsync(addresses, options, tls, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<QuicConnection> RaceAsync(
        List<IPEndPoint> addresses, QuicClientConnectionOptions options, ClientTls tls, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<QuicConnection>>();
        var next = 0;
        Exception? firstFailure = null;
        while (true)
        {
            if (next < addresses.Count)
                attempts.Add(ConnectAsync(addresses[next++], options, tls, losers.Token).AsTask());
            var finished = await FirstAsync(attempts, next < addresses.Count, options.TimeProvider, losers.Token).ConfigureAwait(false);
            if (finished is null)
                continue;

            attempts.Remove(finished);
            if (finished.IsCompletedSuccessfully || finished.IsCanceled || (attempts.Count == 0 && next == addresses.Count))
            {
                await losers.CancelAsync().ConfigureAwait(false);
                Abandon(attempts);
                if (firstFailure is not null && finished.IsFaulted)
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(firstFailure);
                return await finished.ConfigureAwait(false);
            }

            firstFailure ??= finished.Exception?.InnerException;
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
            if (isUsable && usable.Count < MaxAddresses && Fits(options.LocalEndPoint, address))
                usable.Add(new IPEndPoint(address, dns.Port));
        }

        return usable.Count > 0 ? usable : throw new SocketException((int)SocketError.HostNotFound);
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
