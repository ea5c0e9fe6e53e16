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

    public static void CheckApplicationProtocols(IList<SslApplicationProtocol>? protocols, string name)
    {
        if (protocols is not { Count: > 0 })
            throw new ArgumentException($"{name} is empty; QUIC needs at least one, for instance SslApplicationProtocol.Http3.", name);
        if (protocols.Count > AlpnExtension.MaxProtocols)
        {
            throw new ArgumentException(
                $"{name} has {protocols.Count} protocols; no peer is sent more than {AlpnExtension.MaxProtocols}.", name);
        }
    }

    /// <summary>The signature schemes offered, without the kinds of RSA padding that are not allowed.</summary>
    public static IReadOnlyList<SignatureScheme> Schemes(bool allowRsaPss, bool allowRsaPkcs1)
    {
        if (allowRsaPss && allowRsaPkcs1)
            return SignatureSchemes.Default;
        var schemes = new List<SignatureScheme>();
        foreach (var scheme in SignatureSchemes.Default)
        {
            var isRsaPss = SignatureSchemes.KeyKind(scheme) is SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss;
            var isRsaPkcs1 = scheme is SignatureScheme.RsaPkcs1Sha256 or SignatureScheme.RsaPkcs1Sha384 or SignatureScheme.RsaPkcs1Sha512;
            if ((allowRsaPss || !isRsaPss) && (allowRsaPkcs1 || !isRsaPkcs1))
                schemes.Add(scheme);
        }

        return schemes;
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
