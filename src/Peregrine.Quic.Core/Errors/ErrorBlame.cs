namespace Peregrine.Quic.Core;

/// <summary>Whose doing the end of a connection or stream was.</summary>
internal enum ErrorBlame : byte
{
    /// <summary>Ours: the application closed, or we broke.</summary>
    Local,

    /// <summary>The peer's transport broke a rule, or closed with a transport code.</summary>
    PeerTransport,

    /// <summary>The peer's application closed with a code of its own.</summary>
    PeerApplication,

    /// <summary>Nobody's: time ran out.</summary>
    Timeout,
}
