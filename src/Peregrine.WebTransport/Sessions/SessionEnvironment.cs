using Microsoft.Extensions.Logging;

namespace Peregrine.WebTransport;

/// <summary>What the sessions of an endpoint have in common, copied from its options when it starts. Immutable.</summary>
internal sealed class SessionEnvironment
{
    public SessionEnvironment(WebTransportOptions options, int maxSessionsPerConnection)
    {
        MaxSessionsPerConnection = maxSessionsPerConnection;
        CloseTimeout = options.CloseTimeout;
        DatagramReceiveQueueLength = options.DatagramReceiveQueueLength;
        DatagramReceiveQueueBytes = options.DatagramReceiveQueueBytes;
        TimeProvider = options.TimeProvider;
        Log = options.LoggerFactory.CreateLogger(WebTransportLog.Category);
    }

    public int MaxSessionsPerConnection { get; }

    public TimeSpan CloseTimeout { get; }

    public int DatagramReceiveQueueLength { get; }

    public int DatagramReceiveQueueBytes { get; }

    public TimeProvider TimeProvider { get; }

    public ILogger Log { get; }
}
