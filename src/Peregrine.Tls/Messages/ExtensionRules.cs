namespace Peregrine.Tls;

/// <summary>
/// Which extension a client takes in which message of the server's (RFC 8446 §4.2): one that we know and that has no place there is an
/// illegal_parameter, one that answers nothing we said an unsupported_extension.
/// </summary>
internal static class ExtensionRules
{
    /// <param name="type">The extension's number, which may be one we have no name for.</param>
    /// <param name="place">The one message it stands in.</param>
    /// <param name="serverNameSent">Whether our ClientHello had a server_name.</param>
    public static PeerMisbehavior? Check(ExtensionType type, ExtensionPlaces place, bool serverNameSent)
    {
        if (PlacesOf(type) is { } places && (places & place) == ExtensionPlaces.None)
            return PeerMisbehavior.ExtensionInWrongMessage;
        // Requests and tickets answer nothing, so what is not known in them is passed over (RFC 8446 §4.3.2, §4.6.1).
        if (place is ExtensionPlaces.CertificateRequest or ExtensionPlaces.NewSessionTicket)
            return null;
        return IsAnswer(type, place, serverNameSent) ? null : PeerMisbehavior.UnsolicitedExtension;
    }

    // The table of RFC 8446 §4.2, and RFC 9001 §8.2; null for the extensions we do not know.
    private static ExtensionPlaces? PlacesOf(ExtensionType type) => type switch
    {
        ExtensionType.ServerName => ExtensionPlaces.EncryptedExtensions,
        ExtensionType.SupportedGroups => ExtensionPlaces.EncryptedExtensions,
        ExtensionType.SignatureAlgorithms => ExtensionPlaces.CertificateRequest,
        ExtensionType.ApplicationLayerProtocolNegotiation => ExtensionPlaces.EncryptedExtensions,
        ExtensionType.PreSharedKey => ExtensionPlaces.ServerHello,
        ExtensionType.EarlyData => ExtensionPlaces.EncryptedExtensions | ExtensionPlaces.NewSessionTicket,
        ExtensionType.SupportedVersions => ExtensionPlaces.ServerHello | ExtensionPlaces.RetryRequest,
        ExtensionType.Cookie => ExtensionPlaces.RetryRequest,
        ExtensionType.PskKeyExchangeModes => ExtensionPlaces.None,
        ExtensionType.KeyShare => ExtensionPlaces.ServerHello | ExtensionPlaces.RetryRequest,
        ExtensionType.QuicTransportParameters => ExtensionPlaces.EncryptedExtensions,
        _ => null,
    };

    private static bool IsAnswer(ExtensionType type, ExtensionPlaces place, bool serverNameSent) => type switch
    {
        ExtensionType.ServerName => serverNameSent,
        ExtensionType.Cookie => place == ExtensionPlaces.RetryRequest, // the one that nobody asks for
        ExtensionType.SupportedGroups
            or ExtensionType.SignatureAlgorithms
            or ExtensionType.ApplicationLayerProtocolNegotiation
            or ExtensionType.SupportedVersions
            or ExtensionType.KeyShare
            or ExtensionType.QuicTransportParameters => true,
        _ => false,
    };
}
