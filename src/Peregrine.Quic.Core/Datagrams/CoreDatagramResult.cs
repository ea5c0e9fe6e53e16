namespace Peregrine.Quic.Core;

/// <summary>What became of a datagram offered for sending.</summary>
internal enum CoreDatagramResult : byte
{
    /// <summary>It will be sent once, as soon as congestion control allows.</summary>
    Queued,

    /// <summary>The send queue is full; <see cref="ConnectionEventKind.DatagramRoom"/> follows.</summary>
    Full,

    /// <summary>It is longer than <see cref="DatagramQueues.MaxDatagramSize"/>.</summary>
    TooLarge,

    /// <summary>The peer takes no datagrams.</summary>
    Unsupported,

    /// <summary>The connection is closed.</summary>
    Closed,
}
