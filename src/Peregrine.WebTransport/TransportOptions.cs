using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>Turns the options of WebTransport into those of the QUIC connection beneath.</summary>
internal static class TransportOptions
{
    // RFC 9114 §6.2: control stream, QPACK encoder and decoder streams.
    private const int Http3Streams = 3;

    // The peer needs bidirectional streams for its requests on top of those of its sessions.
    public static void Apply(WebTransportOptions options, QuicConnectionOptions transport, int requestStreams)
    {
        transport.MaxInboundBidirectionalStreams = options.MaxInboundBidirectionalStreams + requestStreams;
        transport.MaxInboundUnidirectionalStreams = options.MaxInboundUnidirectionalStreams + Http3Streams;
        transport.InitialReceiveWindowSizes = new QuicReceiveWindowSizes
        {
            LocallyInitiatedBidirectionalStream = options.StreamReceiveWindow,
            RemotelyInitiatedBidirectionalStream = options.StreamReceiveWindow,
            UnidirectionalStream = options.StreamReceiveWindow,
        };
        transport.MaxStreamReceiveWindow = options.MaxStreamReceiveWindow;
        transport.MaxConnectionReceiveWindow = options.MaxConnectionReceiveWindow;
        transport.MaxUnreadCredit = options.MaxUnreadCredit;
        transport.MaxStreamSendBuffer = options.MaxStreamSendBuffer;
        transport.MaxConnectionSendBuffer = options.MaxConnectionSendBuffer;
        transport.IdleTimeout = options.IdleTimeout;
        transport.HandshakeTimeout = options.HandshakeTimeout;
        transport.KeepAliveInterval = options.EffectiveKeepAliveInterval;
        transport.CongestionControl = options.CongestionControl switch
        {
            WebTransportCongestionControl.NewReno => QuicCongestionControl.NewReno,
            _ => QuicCongestionControl.Cubic,
        };
        transport.DatagramReceiveQueueLength = options.DatagramReceiveQueueLength;
        transport.DatagramReceiveQueueBytes = options.DatagramReceiveQueueBytes;
        transport.KeyLog = options.KeyLog;
        transport.DefaultStreamErrorCode = WireErrorCode.RequestCancelled;
        transport.DefaultCloseErrorCode = WireErrorCode.NoError;
    }
}
