using System.Buffers;
using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// The transcript hash of RFC 8446 §4.4.1. It keeps the first messages as they are until the suite is known, and hashes as it goes after
/// that.
/// </summary>
internal sealed class Transcript : IDisposable
{
    private ArrayBufferWriter<byte>? _waiting = new();
    private IncrementalHash? _hash;

    /// <summary>Adds a whole message with its header.</summary>
    public void Append(ReadOnlySpan<byte> message)
    {
        if (_hash is null)
            _waiting!.Write(message);
        else
            _hash.AppendData(message);
    }

    /// <summary>Says which hash it is; called once, when the suite is chosen.</summary>
    public void ChooseHash(CipherSuite suite)
    {
        _hash = IncrementalHash.CreateHash(CipherSuites.Hash(suite));
        _hash.AppendData(_waiting!.WrittenSpan);
        _waiting = null;
    }

    /// <summary>Puts the message_hash message in the place of the first ClientHello, before a HelloRetryRequest is added.</summary>
    public void ReplaceWithMessageHash()
    {
        Span<byte> synthetic = stackalloc byte[4 + CipherSuites.MaxHashLength];
        var length = _hash!.GetHashAndReset(synthetic[4..]);
        synthetic[0] = (byte)HandshakeType.MessageHash;
        synthetic[1] = 0;
        synthetic[2] = 0;
        synthetic[3] = (byte)length;
        _hash.AppendData(synthetic[..(4 + length)]);
    }

    /// <summary>Writes the hash of everything so far into the start of <paramref name="buffer"/> and returns that part.</summary>
    public ReadOnlySpan<byte> CurrentHash(Span<byte> buffer) => buffer[.._hash!.GetCurrentHash(buffer)];

    public void Dispose() => _hash?.Dispose();
}
