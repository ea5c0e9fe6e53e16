using System.Net.Sockets;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// News from the network (ICMP) about a datagram sent to <paramref name="Remote"/>: the first <paramref name="Length"/> bytes of it, as
/// far as
/// the message quotes them, lie in the buffer. Anyone who knows both ports can forge such a message, and who saw the datagram its content
/// too.
/// </summary>
internal readonly record struct FailedDatagram(int Length, NetworkAddress Remote, SocketError Error);
