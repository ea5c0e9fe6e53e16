namespace Peregrine.Tls;

/// <summary>The key exchange groups we know: RFC 8446 §4.2.7 and, for the hybrid, draft-ietf-tls-ecdhe-mlkem.</summary>
internal enum NamedGroup : ushort
{
    Secp256r1 = 0x0017,
    Secp384r1 = 0x0018,
    X25519 = 0x001d,
    X25519MLKem768 = 0x11ec,
}
