using Microsoft.Extensions.Logging;

namespace Peregrine.WebTransport;

/// <summary>What the sessions of an endpoint have in common, copied from its options when it starts. Immutable.</summary>
internal sealed class SessionEnvironment
{
    /// <param name="options">The endpoint's options.</param>
    /// <param name="role">Its role, as metrics name it.</param>
    /// <param name="maxSessionsPerConnection">Sessions a connection may have.</param>
    /// <param name="maxSessions">Sessions the endpoint may have.</param>
    public SessionEnvironment(WebTransportOptions options, EndpointRole role, int maxSessionsPerConnection, int maxSessions)
    {
        Role = role;
        Sessions = new SessionCount(maxSessions, role);
        MaxSessionsPerConnection = maxSessionsPerConnection;
        CloseTimeout = options.CloseTimeout;
        DatagramReceiveQueueLength = options.DatagramReceiveQueueLength;
        DatagramReceiveQueueBytes = options.DatagramReceiveQueueBytes;
        TimeProvider = options.TimeProvider;
        Log = options.LoggerFactory.CreateLogger(WebTransportLog.Category);
    }

    public EndpointRole Role { get; }

    /// <summary>The sessions of the endpoint, on all its connections.</summary>
    public SessionCount Sessions { get; }

    public int MaxSessionsPerConnection { get; }

    public TimeSpan CloseTimeout { get; }

    public int DatagramReceiveQueueLength { get; }

    public int DatagramReceiveQueueBytes { get; }

    public TimeProvider TimeProvider { get; }

    public ILogger Log { get; }
}
