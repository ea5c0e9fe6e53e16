namespace Peregrine.WebTransport;

/// <summary>How a connection decides how much may be in flight (RFC 9002 §7).</summary>
public enum WebTransportCongestionControl
{
    /// <summary>CUBIC (RFC 9438): the Internet's usual one, fast to refill long fat paths.</summary>
    Cubic,

    /// <summary>NewReno as RFC 9002 §7 describes it: the plainest.</summary>
    NewReno,
}
