using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>Both directions' keys of the Initial or Handshake level. It owns them.</summary>
internal sealed class PacketKeys(DirectionKeys read, DirectionKeys write) : IDisposable
{
    public DirectionKeys Read { get; } = read;

    public DirectionKeys Write { get; } = write;

    public static PacketKeys Derive(CipherSuite suite, ReadOnlySpan<byte> readSecret, ReadOnlySpan<byte> writeSecret) =>
        new(DirectionKeys.Derive(suite, readSecret), DirectionKeys.Derive(suite, writeSecret));

    public void Dispose()
    {
        Read.Dispose();
        Write.Dispose();
    }
}
