using System.Net.Security;
using System.Security.Authentication;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// What the TLS options of client and server have in common: what QUIC cannot honour is refused with advice, never ignored.
/// </summary>
internal static class TlsRefusals
{
    public static void CheckProtocols(SslProtocols protocols, string name)
    {
        if (protocols != SslProtocols.None && !protocols.HasFlag(SslProtocols.Tls13))
        {
            throw new ArgumentException(
                $"{name} leaves out TLS 1.3, which QUIC always uses (RFC 9001 §4.2); set it to None or Tls13.", name);
        }
    }

    public static void CheckEncryption(EncryptionPolicy policy, string name)
    {
        if (policy != EncryptionPolicy.RequireEncryption)
            throw new ArgumentException($"{name} must be RequireEncryption: QUIC has no unencrypted mode.", name);
    }

    /// <summary>Null for no policy.</summary>
    public static IReadOnlyList<CipherSuite>? Suites(CipherSuitesPolicy? policy, string name)
    {
        // Such a policy cannot even be made on Windows.
        if (policy is null || OperatingSystem.IsWindows())
            return null;
        var suites = new List<CipherSuite>();
        foreach (var suite in policy.AllowedCipherSuites)
        {
            if (CipherSuites.IsSupported((ushort)suite))
                suites.Add((CipherSuite)suite);
        }

        return suites.Count > 0
            ? suites
            : throw new ArgumentException(
                $"{name} allows none of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256; "
                    + "add one, or set it to null.",
                name);
    }

    public static IReadOnlyList<byte[]> Protocols(IEnumerable<SslApplicationProtocol> protocols)
    {
        var names = new List<byte[]>();
        foreach (var protocol in protocols)
            names.Add(protocol.Protocol.ToArray());
        return names;
    }
}
