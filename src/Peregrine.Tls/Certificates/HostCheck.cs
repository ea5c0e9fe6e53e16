using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>
/// Whether a certificate is made out to a host: by its subject alternative names only, never by its common name (RFC 9525 §6).
/// </summary>
internal static class HostCheck
{
    /// <param name="leaf">The server's certificate.</param>
    /// <param name="host">A DNS name in ASCII, or an IP address; an IPv6 address may stand in brackets.</param>
    public static TlsFailure? Run(X509Certificate2 leaf, string host)
    {
        // A zone index is local to this machine and stands in no certificate.
        var name = IPAddress.TryParse(host, out var address) ? new IPAddress(address.GetAddressBytes()).ToString() : host;
        try
        {
            return leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false)
                ? null
                : new TlsFailure(TlsAlert.BadCertificate, $"The server's certificate is not made out to {host}.");
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return new TlsFailure(TlsAlert.BadCertificate, $"The server's certificate cannot be matched with {host}.");
        }
    }
}
