using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// The secrets that a ServerHello brings: both handshake traffic secrets, and what is needed to go on to the application secrets.
/// It owns them and wipes them when disposed.
/// </summary>
internal sealed class HandshakeSecrets : IDisposable
{
    private readonly byte[] _handshakeSecret;

    /// <param name="suite">The negotiated suite.</param>
    /// <param name="sharedSecret">What the key exchange gave; the caller wipes it.</param>
    /// <param name="transcriptHash">The hash from ClientHello to ServerHello.</param>
    public HandshakeSecrets(CipherSuite suite, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> transcriptHash)
    {
        Suite = suite;
        var length = CipherSuites.HashLength(suite);
        _handshakeSecret = new byte[length];
        Client = new byte[length];
        Server = new byte[length];
        KeySchedule.HandshakeSecret(suite, sharedSecret, _handshakeSecret);
        KeySchedule.DeriveSecret(suite, _handshakeSecret, "c hs traffic"u8, transcriptHash, Client);
        KeySchedule.DeriveSecret(suite, _handshakeSecret, "s hs traffic"u8, transcriptHash, Server);
    }

    public CipherSuite Suite { get; }

    /// <summary>client_handshake_traffic_secret.</summary>
    public byte[] Client { get; }

    /// <summary>server_handshake_traffic_secret.</summary>
    public byte[] Server { get; }

    /// <param name="transcriptHash">The hash from ClientHello to the server's Finished.</param>
    public ApplicationSecrets DeriveApplicationSecrets(ReadOnlySpan<byte> transcriptHash) => new(Suite, _handshakeSecret, transcriptHash);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_handshakeSecret);
        CryptographicOperations.ZeroMemory(Client);
        CryptographicOperations.ZeroMemory(Server);
    }
}
