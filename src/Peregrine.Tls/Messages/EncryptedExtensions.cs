using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>EncryptedExtensions (RFC 8446 §4.3.1): the server's answers to what the client offered.</summary>
internal sealed class EncryptedExtensions
{
    // struct {
    //     Extension extensions<0..2^16-1>;
    // } EncryptedExtensions;

    public required byte[] ApplicationProtocol { get; init; }

    public required byte[] TransportParameters { get; init; }

    public static byte[] Write(byte[] applicationProtocol, ReadOnlySpan<byte> transportParameters, bool acknowledgeServerName)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.EncryptedExtensions))
        using (writer.BeginVector16())
        {
            if (acknowledgeServerName)
                writer.BeginExtension(ExtensionType.ServerName).Dispose();
            AlpnExtension.Write(writer, [applicationProtocol]);
            using (writer.BeginExtension(ExtensionType.QuicTransportParameters))
                writer.Bytes(transportParameters);
        }

        return writer.ToArray();
    }

    /// <param name="body">The message without its header.</param>
    /// <param name="serverNameSent">Whether the client sent server_name, and may see it acknowledged.</param>
    /// <param name="extensions">What it says, when nothing is wrong with it.</param>
    public static PeerMisbehavior? Read(ReadOnlySpan<byte> body, bool serverNameSent, out EncryptedExtensions extensions)
    {
        extensions = null!;
        var reader = new SpanReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedEncryptedExtensions;

        if (ExtensionBlock.Open(list, out var block) is { } fault)
            return fault;
        byte[]? protocol = null;
        byte[]? transportParameters = null;
        while (block.TryNext(out var type, out var data))
        {
            // RFC 8446 §4.3.1: forbidden extensions are looked for.
            if (ExtensionRules.Check(type, ExtensionPlaces.EncryptedExtensions, serverNameSent) is { } misplaced)
                return misplaced;
            switch (type)
            {
                case ExtensionType.ApplicationLayerProtocolNegotiation:
                    if (AlpnExtension.Read(data, out var protocols) is { } wrongList)
                        return wrongList;
                    if (protocols.Count != 1) // RFC 7301 §3.1: exactly one
                        return PeerMisbehavior.MalformedApplicationProtocols;
                    protocol = protocols[0].ToArray();
                    break;
                case ExtensionType.QuicTransportParameters:
                    transportParameters = data.ToArray();
                    break;
                case ExtensionType.ServerName:
                    if (!data.IsEmpty)
                        return PeerMisbehavior.MalformedServerName;
                    break;
                case ExtensionType.SupportedGroups: // RFC 8446 §4.2.7: a hint for later connections
                    if (!VectorReading.TryReadCodePointVector(data, out _))
                        return PeerMisbehavior.MalformedSupportedGroups;
                    break;
            }
        }

        if (protocol is null)
            return PeerMisbehavior.MissingApplicationProtocols;
        if (transportParameters is null)
            return PeerMisbehavior.MissingTransportParameters;
        extensions = new EncryptedExtensions { ApplicationProtocol = protocol, TransportParameters = transportParameters };
        return null;
    }
}
