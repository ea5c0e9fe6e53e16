using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>What an event asks of, or tells, the driver.</summary>
internal enum TlsEventKind
{
    /// <summary>Send these handshake bytes in CRYPTO frames of the level.</summary>
    WriteBytes,

    /// <summary>From here on packets of the level can be opened with keys from this traffic secret.</summary>
    InstallReadSecret,

    /// <summary>From here on packets of the level are sealed with keys from this traffic secret.</summary>
    InstallWriteSecret,

    /// <summary>The peer's transport parameters, not authenticated before <see cref="Complete"/>.</summary>
    PeerTransportParameters,

    /// <summary>One line for the key log, in ASCII without its line end.</summary>
    KeyLogLine,

    /// <summary>The handshake is complete (RFC 9001 §4.1.1).</summary>
    Complete,
}

/// <summary>
/// One thing a handshake wants done. The data belongs to whoever takes the event, except that of a secret: it is lent until the next event
/// is asked for, and then wiped.
/// </summary>
internal readonly struct TlsEvent(TlsEventKind kind, EncryptionLevel level, CipherSuite suite, ReadOnlyMemory<byte> data)
{
    public TlsEventKind Kind { get; } = kind;

    public EncryptionLevel Level { get; } = level;

    /// <summary>The suite of an installed secret.</summary>
    public CipherSuite Suite { get; } = suite;

    public ReadOnlyMemory<byte> Data { get; } = data;

    public bool IsSecret => Kind is TlsEventKind.InstallReadSecret or TlsEventKind.InstallWriteSecret;

    /// <summary>Overwrites the data.</summary>
    public void Wipe() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(Data).Span);
}
