namespace Peregrine.Quic.Core;

internal enum CongestionAlgorithm : byte
{
    /// <summary>RFC 9438 with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>RFC 9002 §7.</summary>
    NewReno,
}
