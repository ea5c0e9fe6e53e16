namespace Peregrine.Quic.Core;

internal enum EndpointAction : byte
{
    /// <summary>The datagram concerns nobody.</summary>
    Drop,

    /// <summary>Call the connection's <c>Receive</c> with the datagram, under its lock.</summary>
    Deliver,

    /// <summary>
    /// An Initial packet of somebody unknown: when it is the turn of strangers, call <see cref="EndpointEngine.Accept"/>.
    /// </summary>
    Newcomer,

    /// <summary>A server connection was made for the datagram: give it an owner, then deliver.</summary>
    Accept,

    /// <summary>Send the response back along the path.</summary>
    Respond,
}

internal readonly record struct EndpointResult(EndpointAction Action, ConnectionEngine? Connection = null, int ResponseLength = 0);
