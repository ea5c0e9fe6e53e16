using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Datagrams of one sender that lie back to back in the receive buffer: each <paramref name="SegmentSize"/> bytes long, the last perhaps
/// shorter. A zero length is one empty datagram. <paramref name="IsToGroup"/> when they were sent to a multicast or broadcast address, as
/// far as
/// the system tells.
/// </summary>
internal readonly record struct Reception(int Length, int SegmentSize, NetworkPath Path, EcnCodepoint Ecn, bool IsToGroup = false);
