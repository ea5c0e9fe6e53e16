namespace Peregrine.Quic;

/// <summary>What became of a datagram given to <see cref="QuicConnection.TrySendDatagram(ReadOnlySpan{byte})"/>.</summary>
public enum DatagramSendResult
{
    /// <summary>It waits to be sent, or was sent. It may still be lost on the way: datagrams are not repeated (RFC 9221 §5.2).</summary>
    Queued,

    /// <summary>The send queue is full (<see cref="QuicConnectionOptions.DatagramSendQueueLength"/>). It was not taken.</summary>
    Full,

    /// <summary>It is longer than <see cref="QuicConnection.MaxDatagramSize"/>. It was not taken.</summary>
    TooLarge,

    /// <summary>The peer takes no datagrams, or they are switched off here (RFC 9221 §3).</summary>
    Unsupported,

    /// <summary>The connection is closed.</summary>
    Closed,
}
