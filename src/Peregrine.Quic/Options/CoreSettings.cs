using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>The options of a connection as the core's settings.</summary>
internal static class CoreSettings
{
    public static ConnectionSettings From(QuicConnectionOptions options)
    {
        var windows = options.InitialReceiveWindowSizes;
        var largest = (ulong)windows.LargestOfStreams;
        var connection = (ulong)windows.Connection;
        var streams = new StreamSettings
        {
            LocalBidirectionalWindow = (ulong)windows.LocallyInitiatedBidirectionalStream,
            RemoteBidirectionalWindow = (ulong)windows.RemotelyInitiatedBidirectionalStream,
            UnidirectionalWindow = (ulong)windows.UnidirectionalStream,
            InitialConnectionWindow = connection,
            MaxStreamWindow = Math.Max(largest, (ulong)options.MaxStreamReceiveWindow),
            MaxConnectionWindow = Math.Max(connection, (ulong)options.MaxConnectionReceiveWindow),
            MaxUnreadCredit = (ulong)options.MaxUnreadCredit,
            InitialStreamSendBuffer = Math.Min(StreamSettings.Default.InitialStreamSendBuffer, options.MaxStreamSendBuffer),
            MaxStreamSendBuffer = options.MaxStreamSendBuffer,
            InitialConnectionSendBuffer = Math.Min(StreamSettings.Default.InitialConnectionSendBuffer, options.MaxConnectionSendBuffer),
            MaxConnectionSendBuffer = options.MaxConnectionSendBuffer,
            MaxInboundBidirectionalStreams = (ulong)options.MaxInboundBidirectionalStreams,
            MaxInboundUnidirectionalStreams = (ulong)options.MaxInboundUnidirectionalStreams,
        };
        var datagrams = new DatagramSettings
        {
            MaxFrameSize = options.EnableDatagrams ? DatagramSettings.Default.MaxFrameSize : 0,
            MaxReceiveCount = options.DatagramReceiveQueueLength,
            MaxReceiveBytes = options.DatagramReceiveQueueBytes,
            MaxSendCount = options.DatagramSendQueueLength,
        };
        var algorithm = options.CongestionControl == QuicCongestionControl.NewReno
            ? CongestionAlgorithm.NewReno
            : CongestionAlgorithm.Cubic;
        return new ConnectionSettings
        {
            Streams = streams,
            Datagrams = datagrams,
            Recovery = new RecoverySettings { Congestion = new CongestionSettings { Algorithm = algorithm } },
            IdleTimeout = Duration.FromTimeSpan(options.IdleTimeout),
            HandshakeTimeout = Duration.FromTimeSpan(options.HandshakeTimeout),
            KeepAlive = Duration.FromTimeSpan(options.KeepAliveInterval),
        };
    }
}
