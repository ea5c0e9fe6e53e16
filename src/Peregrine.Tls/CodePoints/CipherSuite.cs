namespace Peregrine.Tls;

/// <summary>
/// The cipher suites of RFC 8446 §B.4 that QUIC peers use. Values on the wire that are none of these are never cast to this type.
/// </summary>
internal enum CipherSuite : ushort
{
    Aes128GcmSha256 = 0x1301,
    Aes256GcmSha384 = 0x1302,
    ChaCha20Poly1305Sha256 = 0x1303,
}
