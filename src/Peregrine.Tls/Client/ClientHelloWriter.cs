namespace Peregrine.Tls;

/// <summary>
/// Writes our ClientHello. It keeps what both hellos of a retried handshake have in common, so that the second differs only where RFC
/// 8446 §4.1.2
/// lets it.
/// </summary>
internal sealed class ClientHelloWriter(TlsClientSettings settings, byte[] random, byte[] transportParameters)
{
    public byte[] Write(IReadOnlyList<KeyExchange> shares, ReadOnlySpan<byte> cookie)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.ClientHello))
        {
            writer.UInt16(ProtocolVersions.Tls12);
            writer.Bytes(random);
            writer.Vector8(default); // RFC 9001 §8.4: no compatibility mode
            using (writer.BeginVector16())
            {
                foreach (var suite in settings.CipherSuites)
                    writer.UInt16((ushort)suite);
            }

            writer.Vector8([0]);
            using (writer.BeginVector16())
                WriteExtensions(writer, shares, cookie);
        }

        return writer.ToArray();
    }

    private void WriteExtensions(MessageWriter writer, IReadOnlyList<KeyExchange> shares, ReadOnlySpan<byte> cookie)
    {
        if (settings.SendsServerName)
            ServerNameExtension.Write(writer, settings.ServerName!);

        using (writer.BeginExtension(ExtensionType.SupportedVersions))
        using (writer.BeginVector8())
            writer.UInt16(ProtocolVersions.Tls13);

        using (writer.BeginExtension(ExtensionType.SupportedGroups))
        using (writer.BeginVector16())
        {
            foreach (var group in settings.Groups)
                writer.UInt16((ushort)group);
        }

        using (writer.BeginExtension(ExtensionType.SignatureAlgorithms))
        using (writer.BeginVector16())
        {
            foreach (var scheme in settings.SignatureSchemes)
                writer.UInt16((ushort)scheme);
        }

        AlpnExtension.Write(writer, settings.ApplicationProtocols);

        using (writer.BeginExtension(ExtensionType.QuicTransportParameters))
            writer.Bytes(transportParameters);

        if (!cookie.IsEmpty)
        {
            using (writer.BeginExtension(ExtensionType.Cookie))
                writer.Vector16(cookie);
        }

        using (writer.BeginExtension(ExtensionType.KeyShare))
        using (writer.BeginVector16())
        {
            foreach (var share in shares)
                KeyShareEntry.Write(writer, share.Group, share.Share);
        }
    }
}
