namespace Peregrine.WebTransport;

/// <summary>What became of a datagram given to <see cref="WebTransportSession.TrySendDatagram"/>.</summary>
public enum WebTransportDatagramResult
{
    /// <summary>It waits to be sent, or was sent. It may still be lost on the way: datagrams are not repeated (RFC 9221 §5.2).</summary>
    Queued,

    /// <summary>The send queue is full. It was not taken; send a newer one later, or wait with
    /// <see cref="WebTransportSession.SendDatagramAsync"/>.</summary>
    Full,

    /// <summary>It is longer than <see cref="WebTransportSession.MaxDatagramSize"/>. It was not taken.</summary>
    TooLarge,

    /// <summary>The peer takes no datagrams. Use a stream.</summary>
    Unsupported,

    /// <summary>The session has ended.</summary>
    Closed,
}
