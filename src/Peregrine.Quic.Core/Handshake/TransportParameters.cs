using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What one endpoint declares about itself in the handshake (RFC 9000 §18.2). What is absent has its default here. Values that came from
/// a peer are within the ranges of <see cref="TransportParameterRule"/>, and so must ours be; what depends on the connection (the
/// connection IDs, the version) is checked by <see cref="CheckConnectionIds"/> and <see cref="CheckVersion"/>.
/// </summary>
internal sealed partial class TransportParameters
{
    private readonly ulong[] _integers = DefaultIntegers();

    /// <summary>In milliseconds; 0 for none.</summary>
    public ulong MaxIdleTimeout
    {
        get => Integer(TransportParameterId.MaxIdleTimeout);
        set => SetInteger(TransportParameterId.MaxIdleTimeout, value);
    }

    public ulong MaxUdpPayloadSize
    {
        get => Integer(TransportParameterId.MaxUdpPayloadSize);
        set => SetInteger(TransportParameterId.MaxUdpPayloadSize, value);
    }

    public ulong InitialMaxData
    {
        get => Integer(TransportParameterId.InitialMaxData);
        set => SetInteger(TransportParameterId.InitialMaxData, value);
    }

    /// <summary>For bidirectional streams that the declaring endpoint opens.</summary>
    public ulong InitialMaxStreamDataBidiLocal
    {
        get => Integer(TransportParameterId.InitialMaxStreamDataBidiLocal);
        set => SetInteger(TransportParameterId.InitialMaxStreamDataBidiLocal, value);
    }

    /// <summary>For bidirectional streams that the declaring endpoint's peer opens.</summary>
    public ulong InitialMaxStreamDataBidiRemote
    {
        get => Integer(TransportParameterId.InitialMaxStreamDataBidiRemote);
        set => SetInteger(TransportParameterId.InitialMaxStreamDataBidiRemote, value);
    }

    public ulong InitialMaxStreamDataUni
    {
        get => Integer(TransportParameterId.InitialMaxStreamDataUni);
        set => SetInteger(TransportParameterId.InitialMaxStreamDataUni, value);
    }

    public ulong InitialMaxStreamsBidi
    {
        get => Integer(TransportParameterId.InitialMaxStreamsBidi);
        set => SetInteger(TransportParameterId.InitialMaxStreamsBidi, value);
    }

    public ulong InitialMaxStreamsUni
    {
        get => Integer(TransportParameterId.InitialMaxStreamsUni);
        set => SetInteger(TransportParameterId.InitialMaxStreamsUni, value);
    }

    public ulong AckDelayExponent
    {
        get => Integer(TransportParameterId.AckDelayExponent);
        set => SetInteger(TransportParameterId.AckDelayExponent, value);
    }

    /// <summary>In milliseconds.</summary>
    public ulong MaxAckDelay
    {
        get => Integer(TransportParameterId.MaxAckDelay);
        set => SetInteger(TransportParameterId.MaxAckDelay, value);
    }

    public ulong ActiveConnectionIdLimit
    {
        get => Integer(TransportParameterId.ActiveConnectionIdLimit);
        set => SetInteger(TransportParameterId.ActiveConnectionIdLimit, value);
    }

    /// <summary>The longest DATAGRAM frame, type and length included, that the endpoint takes; 0 for none at all (RFC 9221 §3).</summary>
    public ulong MaxDatagramFrameSize
    {
        get => Integer(TransportParameterId.MaxDatagramFrameSize);
        set => SetInteger(TransportParameterId.MaxDatagramFrameSize, value);
    }

    public bool DisableActiveMigration { get; set; }

    /// <summary>The endpoint takes RESET_STREAM_AT frames. Sent under both of its identifiers, believed under either.</summary>
    public bool ResetStreamAt { get; set; }

    public ConnectionId? InitialSourceConnectionId { get; set; }

    /// <summary>Server only.</summary>
    public ConnectionId? OriginalDestinationConnectionId { get; set; }

    /// <summary>Server only.</summary>
    public ConnectionId? RetrySourceConnectionId { get; set; }

    /// <summary>Server only.</summary>
    public StatelessResetToken? StatelessResetToken { get; set; }

    /// <summary>Server only.</summary>
    public PreferredAddress? PreferredAddress { get; set; }

    public VersionInformation? VersionInformation { get; set; }

    /// <summary>
    /// An identifier of the form 31 * N + 27 to send along with an arbitrary value (RFC 9000 §18.1); parsing never sets it.
    /// </summary>
    public ulong? ReservedId { get; set; }

    /// <summary><see cref="MaxIdleTimeout"/> as a span of time; infinite when there is none.</summary>
    public Duration IdleTimeout => MaxIdleTimeout == 0 ? Duration.Infinite : Duration.FromMilliseconds(MaxIdleTimeout);

    /// <summary><see cref="MaxAckDelay"/> as a span of time.</summary>
    public Duration AckDelay => Duration.FromMilliseconds(MaxAckDelay);

    private static ulong[] DefaultIntegers()
    {
        var integers = new ulong[TransportParameterRule.TableSize];
        foreach (var rule in TransportParameterRule.Integers)
            integers[rule.Id] = rule.Default;
        return integers;
    }

    private ulong Integer(ulong id) => _integers[id];

    private void SetInteger(ulong id, ulong value)
    {
        Debug.Assert(TransportParameterRule.TryFind(id, out var rule) && rule.Allows(value), "Options are validated where they are given.");
        _integers[id] = value;
    }
}
