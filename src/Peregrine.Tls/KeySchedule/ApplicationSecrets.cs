using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// The secrets of the application level: both first traffic secrets, until they are forgotten, and the exporter's. It owns them and wipes
/// them when disposed.
/// </summary>
internal sealed class ApplicationSecrets : IDisposable
{
    /// <summary>The longest label of an export: HkdfLabel puts "tls13 " before it.</summary>
    public const int MaxLabelLength = 255 - 6;

    /// <summary>The longest export whatever the suite: HKDF gives 255 times the hash's length.</summary>
    public const int MaxExportLength = 255 * 32;

    public ApplicationSecrets(CipherSuite suite, ReadOnlySpan<byte> handshakeSecret, ReadOnlySpan<byte> transcriptHash)
    {
        Suite = suite;
        var length = CipherSuites.HashLength(suite);
        Client = new byte[length];
        Server = new byte[length];
        Exporter = new byte[length];
        Span<byte> master = stackalloc byte[length];
        KeySchedule.MasterSecret(suite, handshakeSecret, master);
        KeySchedule.DeriveSecret(suite, master, "c ap traffic"u8, transcriptHash, Client);
        KeySchedule.DeriveSecret(suite, master, "s ap traffic"u8, transcriptHash, Server);
        KeySchedule.DeriveSecret(suite, master, "exp master"u8, transcriptHash, Exporter);
        CryptographicOperations.ZeroMemory(master);
    }

    public CipherSuite Suite { get; }

    /// <summary>client_application_traffic_secret_0.</summary>
    public byte[] Client { get; }

    /// <summary>server_application_traffic_secret_0.</summary>
    public byte[] Server { get; }

    /// <summary>exporter_master_secret.</summary>
    public byte[] Exporter { get; }

    /// <summary>The exporter of RFC 8446 §7.5; false when the label or the output is empty, or longer than HKDF allows.</summary>
    public bool TryExport(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        if (label.Length is 0 or > MaxLabelLength || output.IsEmpty || output.Length > 255 * Exporter.Length)
            return false;
        Span<byte> hash = stackalloc byte[Exporter.Length];
        Span<byte> secret = stackalloc byte[Exporter.Length];
        KeySchedule.HashData(Suite, default, hash);
        KeySchedule.DeriveSecret(Suite, Exporter, label, hash, secret);
        KeySchedule.HashData(Suite, context, hash);
        HkdfLabel.Expand(CipherSuites.Hash(Suite), secret, "exporter"u8, hash, output);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    /// <summary>
    /// Wipes both traffic secrets, once the keys are derived: with them, later key updates would protect nothing that was sent before.
    /// </summary>
    public void ForgetTraffic()
    {
        CryptographicOperations.ZeroMemory(Client);
        CryptographicOperations.ZeroMemory(Server);
    }

    public void Dispose()
    {
        ForgetTraffic();
        CryptographicOperations.ZeroMemory(Exporter);
    }
}
