namespace Peregrine.Tls;

/// <summary>The encryption levels of RFC 9001 §2.1, in the order in which a handshake reaches them.</summary>
internal enum EncryptionLevel : byte
{
    Initial = 0,
    EarlyData = 1,
    Handshake = 2,
    Application = 3,
}
