using System.Net.Sockets;

namespace Peregrine.Quic;

/// <summary>
/// What became of datagrams given to a socket. <paramref name="Taken"/> bytes are done with, sent or lost; fewer than given means that the
/// network has no room for the rest now. <paramref name="Error"/> says why some could not leave this machine, where that is known.
/// </summary>
internal readonly record struct SendOutcome(int Taken, SocketError Error)
{
    public static SendOutcome All(int length) => new(length, SocketError.Success);
}
