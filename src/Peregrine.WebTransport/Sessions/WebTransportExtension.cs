using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>Registers WebTransport in the extension table of HTTP/3: the only place where the two meet on the wire.</summary>
internal static class WebTransportExtension
{
    public static Http3Extensions Create(SessionEnvironment environment)
    {
        var extensions = new Http3Extensions
        {
            ImpliesExtendedConnect = static settings => DraftNegotiation.Choose(id => settings[id], peerIsServer: true) is not null,
            UnclaimedDatagram = (connection, streamId, payload) =>
                SessionsOf(connection, environment).OnUnclaimedDatagram(streamId, payload),
        };
        foreach (var (id, value) in DraftNegotiation.LocalSettings(environment.MaxSessionsPerConnection))
            extensions.AddSetting(id, value);

        Http3StreamHandler onStream = (connection, stream, token) => SessionsOf(connection, environment).OnStreamAsync(stream, token);
        extensions.AddUnidirectionalStreamType(StreamHeader.UnidirectionalType, onStream);
        extensions.AddBidirectionalStreamSignal(StreamHeader.BidirectionalSignal, onStream);
        extensions.AddCapsuleType(CapsuleType.CloseSession, CloseSessionCapsule.MaxBodyLength);
        extensions.AddCapsuleType(CapsuleType.DrainSession, 0);
        return extensions;
    }

    /// <summary>The sessions of a connection that was made with this extension.</summary>
    public static ConnectionSessions SessionsOf(Http3Connection connection, SessionEnvironment environment) =>
        connection.GetOrAddState(c => new ConnectionSessions(c, environment));
}
