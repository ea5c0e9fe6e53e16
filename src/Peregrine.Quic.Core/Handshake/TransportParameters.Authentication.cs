namespace Peregrine.Quic.Core;

internal sealed partial class TransportParameters
{
    /// <summary>
    /// Compares the connection IDs that the peer declares with those its packets showed (RFC 9000 §7.3); the fault, or null when all agree.
    /// </summary>
    /// <param name="initialSource">Source Connection ID of the peer's first Initial.</param>
    /// <param name="originalDestination">Client only: where our first Initial went; null on a server.</param>
    /// <param name="retrySource">Client only: Source Connection ID of the Retry, or null when there was none.</param>
    public QuicFault? CheckConnectionIds(ConnectionId initialSource, ConnectionId? originalDestination, ConnectionId? retrySource)
    {
        if (InitialSourceConnectionId != initialSource)
            return Mismatch(TransportParameterId.InitialSourceConnectionId);
        if (OriginalDestinationConnectionId != originalDestination)
            return Mismatch(TransportParameterId.OriginalDestinationConnectionId);
        if (RetrySourceConnectionId != retrySource)
            return Mismatch(TransportParameterId.RetrySourceConnectionId);
        return null;
    }

    /// <summary>
    /// Checks the peer's version_information against the version in use (RFC 9368 §4); the fault, or null when it agrees or is absent.
    /// </summary>
    public QuicFault? CheckVersion(uint versionInUse, bool fromServer)
    {
        if (VersionInformation is not { } information)
            return null;

        // RFC 9368 §4: to a server, a choice outside the client's own list is a parsing failure.
        if (!fromServer && !information.Available.AsSpan().Contains(information.Chosen))
            return QuicFault.TransportParameter("The client's chosen version is not among its available versions.");
        return information.Chosen == versionInUse
            ? null
            : QuicFault.VersionNegotiation("The peer's chosen version is not the version of its packets.");
    }

    private static QuicFault Mismatch(ulong id) =>
        QuicFault.TransportParameter($"Transport parameter {TransportParameterId.NameOf(id)} does not match the packets, or is missing.");
}
