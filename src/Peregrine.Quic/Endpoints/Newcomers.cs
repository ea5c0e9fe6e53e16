using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// Those who have not proved to be anybody yet: handshakes under way and first Initial packets of strangers. Each turn of the loop gives
/// them a
/// bounded share, after everybody else, and a smaller one while datagrams wait in the socket, of which some may be for the established.
/// What
/// waits for its turn is bounded, and what finds no room counted. Only the loop's thread touches it.
/// </summary>
internal sealed class Newcomers(Endpoint endpoint, Action<ConnectionDriver, Instant> serve)
{
    /// <summary>Datagrams dealt with in one turn: some 50 to 200 µs each.</summary>
    private const int MaxPerTurn = 8;

    /// <summary>The same while more waits in the socket.</summary>
    private const int MaxPerTurnWhenPressed = 1;

    private const int MaxDuePerTurn = 16;

    private const int MaxStrangers = 256;

    private const int MaxUnderWay = 256;

    private bool _isStuck;

    /// <summary>First Initial packets.</summary>
    public DatagramQueue Strangers { get; } = new(MaxStrangers);

    /// <summary>Datagrams of connections whose handshake is not complete.</summary>
    public DatagramQueue UnderWay { get; } = new(MaxUnderWay);

    public DeadlineHeap Deadlines { get; } = new();

    public Instant Earliest => Deadlines.Earliest;

    public bool IsAny => Strangers.Count > 0 || UnderWay.Count > 0;

    /// <summary>Whether the next turn would get on with them.</summary>
    public bool CanGoOn => IsAny && !_isStuck;

    /// <summary>Returns how many datagrams were dealt with.</summary>
    public int Serve(bool isPressed, byte[] response)
    {
        var now = endpoint.Clock.Now;
        for (var i = 0; i < MaxDuePerTurn && Deadlines.Earliest <= now; i++)
            serve(Deadlines.First, now);

        var budget = isPressed ? MaxPerTurnWhenPressed : MaxPerTurn;
        var left = DeliverUnderWay(budget, now);

        // The others have their share even if those under way have taken all of theirs; else a crowd of the former would keep everyone out.
        var strangers = Math.Max(left, MaxPerTurnWhenPressed);
        var met = 0;
        for (; met < strangers && endpoint.Handshakes.HasRoom && Strangers.TryTake(out var entry); met++)
            Meet(entry, response, now);
        var dealtWith = budget - left + met;
        _isStuck = dealtWith == 0;
        return dealtWith;
    }

    /// <summary>Returns what is left of the budget.</summary>
    private int DeliverUnderWay(int budget, Instant now)
    {
        for (var i = UnderWay.Count; i > 0 && budget > 0 && UnderWay.TryTake(out var entry); i--)
        {
            var connection = entry.Connection!;
            if (!connection.Gate.TryEnter())
            {
                UnderWay.PutBack(entry); // its costly step is being done
                continue;
            }

            Deliver(connection, entry, now);
            budget--;
        }

        return budget;
    }

    private void Meet(in DatagramQueue.Entry entry, byte[] response, Instant now)
    {
        var result = endpoint.Engine.Accept(entry.Datagram, entry.Path, now, response);
        switch (result.Action)
        {
            case EndpointAction.Accept:
                var made = endpoint.Accept!(result.Connection!);
                result.Connection!.Owner = made;
                made.Gate.Enter(); // nobody else knows it yet
                Deliver(made, entry, now);
                return;
            case EndpointAction.Deliver when result.Connection!.Owner is ConnectionDriver known:
                if (known.Gate.TryEnter())
                    Deliver(known, entry, now);
                else
                    UnderWay.PutBack(entry with { Connection = known });
                return;
            case EndpointAction.Respond:
                var transmission = new Transmission(result.ResponseLength, result.ResponseLength, entry.Path, EcnCodepoint.NotEct);
                endpoint.Socket.Send(response.AsSpan(0, result.ResponseLength), transmission);
                break;
        }

        DatagramQueue.Return(entry);
    }

    // Leaves the lock that the caller has entered.
    private void Deliver(ConnectionDriver connection, in DatagramQueue.Entry entry, Instant now)
    {
        try
        {
            connection.Receive(entry.Datagram, entry.Path, entry.Ecn, now);
            connection.OnReceived();
        }
        finally
        {
            connection.Gate.Exit();
            DatagramQueue.Return(entry);
        }

        serve(connection, now);
    }
}
