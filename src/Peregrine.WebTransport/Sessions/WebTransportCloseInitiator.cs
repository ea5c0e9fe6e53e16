namespace Peregrine.WebTransport;

/// <summary>Who ended a session.</summary>
public enum WebTransportCloseInitiator
{
    /// <summary>This side closed or disposed it.</summary>
    Local,

    /// <summary>The peer closed it, with a code and a reason or without.</summary>
    Peer,

    /// <summary>Nobody did: the connection was lost, or the session's stream broke.</summary>
    Connection,
}
