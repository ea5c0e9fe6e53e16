namespace Peregrine.Quic.Core;

/// <summary>
/// Datagrams that wait in the caller's buffer, back to back: each <paramref name="SegmentSize"/> bytes long, the last perhaps shorter.
/// </summary>
internal readonly record struct Transmission(int Length, int SegmentSize, NetworkPath Path, EcnCodepoint Ecn);
