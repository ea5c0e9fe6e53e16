namespace Peregrine.Quic.Core;

/// <summary>The tunables of congestion control, with the values RFC 9002 recommends. Checked when used to build a controller.</summary>
internal sealed record CongestionSettings
{
    public CongestionAlgorithm Algorithm { get; init; } = CongestionAlgorithm.Cubic;

    /// <summary>The bytes of UDP payload one packet may fill: at least 1200 (RFC 9000 §14).</summary>
    public int MaxDatagramSize { get; init; } = 1200;

    /// <summary>RFC 9002 §7.2: the initial window in packets, subject to the bytes limit there.</summary>
    public int InitialWindowPackets { get; init; } = 10;

    /// <summary>A bound that no acknowledgement can lift, so that all products stay far from 2^63 (robustness V3).</summary>
    public int MaxWindowPackets { get; init; } = 10_000;

    public ICongestionController CreateController()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatagramSize, 1200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDatagramSize, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(InitialWindowPackets, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWindowPackets, InitialWindowPackets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxWindowPackets, 100_000);
        return Algorithm switch
        {
            CongestionAlgorithm.NewReno => new NewReno(this),
            CongestionAlgorithm.Cubic => new Cubic(this),
            _ => throw new ArgumentOutOfRangeException(nameof(Algorithm), Algorithm, "Choose NewReno or Cubic."),
        };
    }
}
