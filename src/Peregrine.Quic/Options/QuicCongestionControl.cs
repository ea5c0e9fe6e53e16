namespace Peregrine.Quic;

/// <summary>How a connection decides how much may be in flight.</summary>
public enum QuicCongestionControl
{
    /// <summary>CUBIC (RFC 9438): the Internet's usual one, fast to refill long fat paths.</summary>
    Cubic,

    /// <summary>NewReno as RFC 9002 §7 describes it: the plainest.</summary>
    NewReno,
}
