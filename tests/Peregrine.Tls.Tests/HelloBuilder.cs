using System.Buffers.Binary;

namespace Peregrine.Tls.Tests;

/// <summary>Writes ClientHellos of any shape, with an encoder of its own. The defaults make one that our server accepts.</summary>
internal sealed class HelloBuilder
{
    public ushort LegacyVersion { get; set; } = 0x0303;

    public byte[] Random { get; set; } = new byte[32];

    public byte[] SessionId { get; set; } = [];

    public ushort[] Suites { get; set; } = [0x1301, 0x1302, 0x1303];

    public byte[] Compression { get; set; } = [0];

    /// <summary>In the order in which they are sent.</summary>
    public List<(ushort Type, byte[] Data)> Extensions { get; } = [];

    /// <summary>A hello with one X25519 share (any 32 bytes but a few are a valid one).</summary>
    public static HelloBuilder Valid(byte[]? x25519Share = null) => new HelloBuilder()
        .With(43, Prefix8(Numbers(0x0304)))
        .With(10, Prefix16(Numbers(0x001d, 0x0017, 0x0018)))
        .With(13, Prefix16(Numbers(0x0403, 0x0804, 0x0807)))
        .With(16, Prefix16(Prefix8("h3"u8.ToArray())))
        .With(57, [1, 2, 3])
        .With(51, Prefix16(Share(0x001d, x25519Share ?? Rfc8448.ClientPublicKey)));

    public static byte[] Numbers(params ushort[] values) => [.. values.SelectMany(value => new[] { (byte)(value >> 8), (byte)(value & 0xff) })];

    public static byte[] Prefix8(byte[] data) => [(byte)data.Length, .. data];

    public static byte[] Prefix16(byte[] data) => [.. Numbers((ushort)data.Length), .. data];

    public static byte[] Share(ushort group, byte[] data) => [.. Numbers(group), .. Prefix16(data)];

    /// <summary>Adds an extension, or replaces the one of that type where it stands.</summary>
    public HelloBuilder With(ushort type, byte[] data)
    {
        var index = Extensions.FindIndex(extension => extension.Type == type);
        if (index < 0)
            Extensions.Add((type, data));
        else
            Extensions[index] = (type, data);
        return this;
    }

    public HelloBuilder Without(ushort type)
    {
        Extensions.RemoveAll(extension => extension.Type == type);
        return this;
    }

    public HelloBuilder Also(ushort type, byte[] data)
    {
        Extensions.Add((type, data));
        return this;
    }

    public byte[] Build()
    {
        byte[] extensions = [.. Extensions.SelectMany(extension => (byte[])[.. Numbers(extension.Type), .. Prefix16(extension.Data)])];
        byte[] body =
        [
            .. Numbers(LegacyVersion), .. Random, .. Prefix8(SessionId), .. Prefix16(Numbers(Suites)), .. Prefix8(Compression),
            .. Prefix16(extensions),
        ];
        return Message(1, body);
    }

    /// <summary>Takes a hello apart again; for well-formed ones only.</summary>
    public static HelloBuilder Parse(byte[] message)
    {
        var at = 4 + 2 + 32;
        var hello = new HelloBuilder { Random = message[6..at] };
        hello.SessionId = message.AsSpan(at + 1, message[at]).ToArray();
        at += 1 + hello.SessionId.Length;
        hello.Suites = [.. Next(2).Chunk(2).Select(pair => (ushort)(pair[0] << 8 | pair[1]))];
        hello.Compression = Next(1);
        at += 2;
        while (at < message.Length)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
            at += 2;
            hello.Extensions.Add((type, Next(2)));
        }

        return hello;

        byte[] Next(int prefix)
        {
            var length = prefix == 1 ? message[at] : BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
            var data = message.AsSpan(at + prefix, length).ToArray();
            at += prefix + length;
            return data;
        }
    }

    public static byte[] Message(byte type, byte[] body)
    {
        byte[] message = [type, 0, 0, 0, .. body];
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)(type << 24 | body.Length));
        return message;
    }

    /// <summary>What a server with the default settings makes of a hello.</summary>
    public static TlsServer Answer(byte[] hello, TlsServerSettings? settings = null)
    {
        var server = new TlsServer(new TlsCryptography(new SeededRandom(2)));
        server.Receive(EncryptionLevel.Initial, hello);
        if (server.State == TlsState.NeedsServerOptions)
            server.ProvideServerOptions(settings ?? HandshakePair.DefaultServer(), HandshakePair.ServerParameters);
        return server;
    }
}
