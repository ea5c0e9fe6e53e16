using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// What the endpoint's loop needs of a UDP socket, so that a simulated network can stand in its place. The loop's thread alone calls
/// <see cref="Wait"/>, <see cref="TryReceive"/>, <see cref="TryReceiveFailure"/> and <see cref="IDisposable.Dispose"/>; any thread calls
/// <see cref="Send"/> and <see cref="Wake"/>, even after the end. Nothing here blocks but <see cref="Wait"/>, and nothing throws for what
/// the
/// network does (robustness X3).
/// </summary>
internal interface IDatagramSocket : IDisposable
{
    /// <summary>Where the socket is bound; its address is the wildcard where it is bound to all.</summary>
    NetworkAddress LocalAddress { get; }

    /// <summary>How many segments one <see cref="Send"/> takes best; 1 where each costs a call of its own.</summary>
    int MaxSegments { get; }

    /// <summary>
    /// Returns when something can be received, after <see cref="Wake"/>, when there is room to send if that is asked for, or when the time
    /// is
    /// over; perhaps for no reason at all.
    /// </summary>
    void Wait(Duration timeout, bool forRoom);

    /// <summary>Takes what the network has ready, without waiting. The buffer holds at least 64 KiB.</summary>
    /// <returns>False when there is nothing.</returns>
    bool TryReceive(Span<byte> buffer, out Reception reception);

    /// <summary>
    /// Takes what the network reports about a datagram that did not arrive, where the system tells. The buffer is as above.
    /// </summary>
    /// <returns>False when there is nothing.</returns>
    bool TryReceiveFailure(Span<byte> buffer, out FailedDatagram failed);

    /// <summary>Sends datagrams that lie back to back in the buffer.</summary>
    SendOutcome Send(ReadOnlySpan<byte> buffer, in Transmission transmission);

    /// <summary>Ends the present or the next <see cref="Wait"/>.</summary>
    void Wake();
}
