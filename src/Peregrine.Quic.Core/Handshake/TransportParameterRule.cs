namespace Peregrine.Quic.Core;

/// <summary>What an integer transport parameter may hold, and what its absence means (RFC 9000 §18.2, RFC 9221 §3).</summary>
internal readonly record struct TransportParameterRule(ulong Id, ulong Default, ulong Minimum, ulong Maximum)
{
    private const ulong Any = Wire.VarInt.MaxValue;

    public static TransportParameterRule[] Integers { get; } =
    [
        new(TransportParameterId.MaxIdleTimeout, Default: 0, 0, Any),
        new(TransportParameterId.MaxUdpPayloadSize, Default: 65527, 1200, Any),
        new(TransportParameterId.InitialMaxData, Default: 0, 0, Any),
        new(TransportParameterId.InitialMaxStreamDataBidiLocal, Default: 0, 0, Any),
        new(TransportParameterId.InitialMaxStreamDataBidiRemote, Default: 0, 0, Any),
        new(TransportParameterId.InitialMaxStreamDataUni, Default: 0, 0, Any),
        new(TransportParameterId.InitialMaxStreamsBidi, Default: 0, 0, StreamCount.Max),
        new(TransportParameterId.InitialMaxStreamsUni, Default: 0, 0, StreamCount.Max),
        new(TransportParameterId.AckDelayExponent, Default: 3, 0, 20),
        new(TransportParameterId.MaxAckDelay, Default: 25, 0, (1UL << 14) - 1),
        new(TransportParameterId.ActiveConnectionIdLimit, Default: 2, 2, Any),
        new(TransportParameterId.MaxDatagramFrameSize, Default: 0, 0, Any),
    ];

    /// <summary>One more than the largest identifier of the table.</summary>
    public const int TableSize = (int)TransportParameterId.MaxDatagramFrameSize + 1;

    public bool Allows(ulong value) => value >= Minimum && value <= Maximum;

    public static bool TryFind(ulong id, out TransportParameterRule rule)
    {
        foreach (var candidate in Integers)
        {
            if (candidate.Id == id)
            {
                rule = candidate;
                return true;
            }
        }

        rule = default;
        return false;
    }
}
