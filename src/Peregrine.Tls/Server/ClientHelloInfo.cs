namespace Peregrine.Tls;

/// <summary>What a ClientHello says that an application may choose its options by. Code points may be ones we have no name for.</summary>
internal sealed record ClientHelloInfo(
    string? ServerName,
    IReadOnlyList<ReadOnlyMemory<byte>> ApplicationProtocols,
    IReadOnlyList<ushort> CipherSuites,
    IReadOnlyList<ushort> Groups,
    IReadOnlyList<ushort> SignatureSchemes);
