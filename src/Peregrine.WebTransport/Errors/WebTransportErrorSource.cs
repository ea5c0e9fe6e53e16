namespace Peregrine.WebTransport;

/// <summary>What an error concerns.</summary>
public enum WebTransportErrorSource
{
    /// <summary>The session, and with it all its streams.</summary>
    Session,

    /// <summary>One stream only.</summary>
    Stream,
}
