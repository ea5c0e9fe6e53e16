using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Turns a connection's settings into the transport parameters that it announces (RFC 9000 §18.2).</summary>
internal static class LocalParameters
{
    /// <summary>More than all parameters together take.</summary>
    public const int MaxLength = 512;

    /// <summary>The largest UDP payload that our sockets take.</summary>
    private const ulong MaxUdpPayloadSize = 65_527;

    public static int Write(ConnectionEngine connection, IRandomSource random, Span<byte> destination)
    {
        var settings = connection.Settings;
        var streams = connection.Streams;
        Span<byte> grease = stackalloc byte[1];
        random.Fill(grease);
        var parameters = new TransportParameters
        {
            InitialSourceConnectionId = connection.LocalIds.First,
            MaxIdleTimeout = settings.IdleTimeout.IsInfinite ? 0 : Math.Min(settings.IdleTimeout.Microseconds / 1000, VarInt.MaxValue),
            MaxUdpPayloadSize = MaxUdpPayloadSize,
            InitialMaxData = streams.InitialMaxData,
            InitialMaxStreamDataBidiLocal = streams.InitialMaxStreamDataBidiLocal,
            InitialMaxStreamDataBidiRemote = streams.InitialMaxStreamDataBidiRemote,
            InitialMaxStreamDataUni = streams.InitialMaxStreamDataUni,
            InitialMaxStreamsBidi = streams.InitialMaxStreamsBidi,
            InitialMaxStreamsUni = streams.InitialMaxStreamsUni,
            ActiveConnectionIdLimit = RemoteConnectionIds.ActiveLimit,
            MaxDatagramFrameSize = connection.Datagrams.InitialMaxFrameSize,
            ResetStreamAt = settings.Streams.AcceptResetStreamAt,
            VersionInformation = VersionInformation.OnlyV1,

            // Said until connections can follow a peer to a new address.
            DisableActiveMigration = true,
            ReservedId = 27 + (31 * (ulong)grease[0]),
        };
        if (connection.IsServer)
        {
            parameters.OriginalDestinationConnectionId = connection.OriginalDestination;
            parameters.StatelessResetToken = connection.LocalIds.FirstToken;
        }

        return parameters.Write(destination);
    }
}
