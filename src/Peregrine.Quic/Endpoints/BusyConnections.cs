using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// Connections whose lock another thread held when the loop came by, and the datagrams that arrived for them meanwhile: the loop goes on
/// with
/// the others and comes back, within the same turn if the lock is free by then. Only the loop's thread touches it.
/// </summary>
/// <param name="touch">Has a connection served in this turn.</param>
/// <param name="serve">Serves one whose lock is entered, and leaves it.</param>
/// <param name="clock">The endpoint's.</param>
internal sealed class BusyConnections(Action<ConnectionDriver> touch, Action<ConnectionDriver, Instant> serve, Clock clock)
{
    /// <summary>Datagrams kept for connections that are busy; past it they are lost, as on a network.</summary>
    private const int MaxPostponed = 256;

    /// <summary>
    /// How long one of them is waited for, once a turn and after everybody else: whoever writes without a pause would else never be met
    /// with
    /// its lock free.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1);

    private readonly List<ConnectionDriver> _connections = [];

    public DatagramQueue Postponed { get; } = new(MaxPostponed);

    public bool IsAny => _connections.Count > 0 || Postponed.Count > 0;

    /// <summary>False when the connection is busy, or when older datagrams of it wait.</summary>
    public static bool TryEnter(ConnectionDriver connection) => connection.PostponedDatagrams == 0 && connection.Gate.TryEnter();

    public void Postpone(ConnectionDriver connection, ReadOnlySpan<byte> datagram, in NetworkPath path, EcnCodepoint ecn)
    {
        if (Postponed.TryAdd(connection, datagram, path, ecn))
            connection.PostponedDatagrams++;
    }

    public void Add(ConnectionDriver connection)
    {
        if (connection.IsBusy)
            return;
        connection.IsBusy = true;
        _connections.Add(connection);
    }

    /// <summary>Delivers what waits, in order, to those who are free now.</summary>
    public void DeliverPostponed()
    {
        var mayWait = true;
        ConnectionDriver? refused = null;
        for (var i = Postponed.Count; i > 0 && Postponed.TryTake(out var entry); i--)
        {
            var connection = entry.Connection!;
            if (connection == refused || !TryEnter(connection, ref mayWait))
            {
                refused = connection;
                Postponed.PutBack(entry);
                continue;
            }

            try
            {
                connection.PostponedDatagrams--;
                connection.Receive(entry.Datagram, entry.Path, entry.Ecn, clock.Now);
                connection.OnReceived();
            }
            finally
            {
                connection.Gate.Exit();
                DatagramQueue.Return(entry);
            }

            touch(connection);
        }
    }

    /// <summary>Serves those who are free now.</summary>
    public void ServeAgain()
    {
        var mayWait = true;
        for (var i = _connections.Count - 1; i >= 0; i--)
        {
            var connection = _connections[i];
            if (!TryEnter(connection, ref mayWait))
                continue;
            _connections[i] = _connections[^1];
            _connections.RemoveAt(_connections.Count - 1);
            connection.IsBusy = false;
            serve(connection, clock.Now);
        }
    }

    private static bool TryEnter(ConnectionDriver connection, ref bool mayWait)
    {
        if (connection.Gate.TryEnter())
            return true;

        // A handshake's costly step holds the lock longer than anyone should wait.
        if (!mayWait || connection.IsNewcomer)
            return false;
        mayWait = false;
        return connection.Gate.TryEnter(Patience);
    }
}
