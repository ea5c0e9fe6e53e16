using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// The sockets that the clients of this process share: one for each address family, socket options and clock. A socket is closed a moment
/// after the last connection on it is drained, so that clients that come one after the other share it as well.
/// </summary>
internal static class ClientEndpoints
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Key, Shared> Endpoints = [];

    /// <summary>An endpoint to connect to this address from, with a reference that the caller releases.</summary>
    public static Endpoint Rent(QuicClientConnectionOptions options, IPAddress remote)
    {
        if (options.LocalEndPoint is { } local && (local.Port != 0 || !IsWildcard(local.Address)))
            return Open(local, options);

        var family = remote.AddressFamily == AddressFamily.InterNetworkV6 && !remote.IsIPv4MappedToIPv6
            ? AddressFamily.InterNetworkV6
            : AddressFamily.InterNetwork;
        var socket = options.Socket;
        var key = new Key(
            family, socket.ReceiveBufferSize, socket.SendBufferSize, socket.UseSegmentationOffload, socket.Factory, options.TimeProvider);
        lock (Gate)
        {
            if (!Endpoints.TryGetValue(key, out var shared))
            {
                var any = family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
                shared = new Shared(key, Open(new IPEndPoint(any, 0), options));
                Endpoints.Add(key, shared);
            }

            shared.Users++;
            shared.Endpoint.AddReference();
            return shared.Endpoint;
        }
    }

    /// <summary>The connection for which the endpoint was rented is drained.</summary>
    public static void Return(Endpoint endpoint)
    {
        lock (Gate)
        {
            foreach (var shared in Endpoints.Values)
            {
                if (shared.Endpoint != endpoint)
                    continue;
                if (--shared.Users == 0)
                    shared.CloseLater();
                break;
            }
        }

        endpoint.Release();
    }

    private static Endpoint Open(IPEndPoint local, QuicClientConnectionOptions options)
    {
        // Others' connections will live on it too: the loop's failures are counted, and logged by none of them in particular.
        var socket = UdpSocket.Open(local, options.Socket, SocketRole.Client, options.LoggerFactory.CreateLogger("Peregrine.Quic.Endpoint"));
        var endpoint = new Endpoint(socket, new EndpointSettings(), options.TimeProvider, NullLogger.Instance);
        endpoint.Start();
        return endpoint;
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private sealed record Key(
        AddressFamily Family,
        int ReceiveBuffer,
        int SendBuffer,
        bool? Offload,
        Func<IPEndPoint, IDatagramSocket>? Factory,
        TimeProvider TimeProvider);

    /// <summary>An endpoint that the dictionary holds a reference to, and how many connections use it.</summary>
    private sealed class Shared : IDisposable
    {
        private readonly Key _key;
        private readonly Timer _timer;

        public Shared(Key key, Endpoint endpoint)
        {
            _key = key;
            Endpoint = endpoint;
            _timer = Detached.Make(() => new Timer(
                static state => ((Shared)state!).CloseIfUnused(), this, Timeout.Infinite, Timeout.Infinite));
        }

        public Endpoint Endpoint { get; }

        public int Users { get; set; }

        public void CloseLater() => _timer.Change(Linger, Timeout.InfiniteTimeSpan);

        public void Dispose() => _timer.Dispose();

        private void CloseIfUnused()
        {
            lock (Gate)
            {
                // Only this one's entry: it may be gone already, and another's in its place.
                if (Users > 0 || !((ICollection<KeyValuePair<Key, Shared>>)Endpoints).Remove(KeyValuePair.Create(_key, this)))
                    return;
            }

            Dispose();
            Endpoint.Release();
        }
    }
}
