using Peregrine.Wire;
using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>Lists that end inside an extension: whatever stands in such a tail has been looked at by nobody.</summary>
public sealed class ExtensionTailTests
{
    private static readonly byte[] Versions = [0, 43, 0, 2, 3, 4];
    private static readonly byte[] Alpn = [0, 16, 0, 5, 0, 3, 2, (byte)'h', (byte)'3'];
    private static readonly byte[] Parameters = [0, 57, 0, 1, 9];

    /// <summary>A byte; a type; a type and half a length; a type and a length without data; the same with too little of it.</summary>
    private static readonly byte[][] Tails = [[0x12], [0x12, 0x34], [0x12, 0x34, 0x00], [0x12, 0x34, 0x00, 0x05], [0x12, 0x34, 0x00, 0x05, 1, 2, 3, 4]];

    /// <summary>Each message of TLS 1.3 with extensions, and who reads it what it says with this tail behind its last extension.</summary>
    private static readonly Dictionary<string, Func<byte[], TlsFailure?>> Messages = new(StringComparer.Ordinal)
    {
        ["ClientHello"] = tail => ToServer(Hello(tail)),
        ["HelloRetryRequest"] = tail => FromServer(new ScriptedServer
        {
            ServerHello = _ => ServerHelloOf(ServerHello.RetryRandom.ToArray(), [.. Versions, 0, 51, 0, 2, 0, 0x17, .. tail]),
        }),
        ["ServerHello"] = tail => FromServer(new ScriptedServer
        {
            ServerHello = whole => ServerHelloOf(new byte[32], [.. whole[44..], .. tail]),
        }),
        ["EncryptedExtensions"] = tail => FromServer(new ScriptedServer
        {
            EncryptedExtensions = _ => Message(8, Prefix16([.. Alpn, .. Parameters, .. tail])),
        }),
        ["CertificateRequest"] = tail => FromServer(new ScriptedServer
        {
            CertificateRequest = Message(13, [0, .. Prefix16([0, 13, 0, 4, 0, 2, 4, 3, .. tail])]),
        }),
        ["Certificate"] = tail => FromServer(new ScriptedServer { Certificate = _ => CertificateOf(tail) }),
        ["NewSessionTicket"] = Ticket,
    };

    public static TheoryData<string> MessageNames() => [.. Messages.Keys];

    [Theory]
    [Trait("Review", "U22")]
    [MemberData(nameof(MessageNames))]
    public void A_list_that_ends_inside_an_extension_does_not_parse(string name)
    {
        // It is the tail that is wrong with them: all but the retry, which asks for a second hello, are fine without.
        Assert.Null(Messages[name]([]));
        foreach (var tail in Tails)
        {
            var failure = Messages[name](tail);
            Assert.True(failure is not null, $"{name} with {Convert.ToHexString(tail)} behind its extensions was accepted.");
            Assert.Equal(TlsAlert.DecodeError, failure.Alert);
        }
    }

    [Fact]
    [Trait("Review", "U22")]
    public void A_composed_read_that_fails_moves_nothing()
    {
        byte[][] shortVectors = [[], [0], [0, 0], [5], [0, 5], [0, 0, 5], [5, 1, 2], [0, 5, 1, 2], [0, 0, 5, 1, 2]];
        foreach (var bytes in shortVectors)
        {
            var reader = new SpanReader(bytes);
            var eight = reader.TryReadVector8(out var contents8);
            Assert.True(eight || (reader.Position == 0 && contents8.IsEmpty));

            reader = new SpanReader(bytes);
            var sixteen = reader.TryReadVector16(out var contents16);
            Assert.True(sixteen || (reader.Position == 0 && contents16.IsEmpty));

            reader = new SpanReader(bytes);
            var twentyFour = reader.TryReadVector24(out var contents24);
            Assert.True(twentyFour || (reader.Position == 0 && contents24.IsEmpty));
        }

        byte[] share = Share(0x1d, [1, 2, 3]);
        for (var length = 0; length < share.Length; length++)
        {
            var reader = new SpanReader(share.AsSpan(0, length));
            Assert.False(KeyShareEntry.TryRead(ref reader, out _, out _));
            Assert.Equal(0, reader.Position);
        }
    }

    private static byte[] Hello(byte[] tail)
    {
        var hello = Valid();
        byte[] extensions = [.. hello.Extensions.SelectMany(e => (byte[])[.. Numbers(e.Type), .. Prefix16(e.Data)]), .. tail];
        var body = hello.Build()[4..];
        var before = body.Length - hello.Extensions.Sum(e => 4 + e.Data.Length) - 2;
        return Message(1, [.. body[..before], .. Prefix16(extensions)]);
    }

    private static TlsFailure? ToServer(byte[] hello)
    {
        using var server = Answer(hello);
        return server.Failure;
    }

    private static TlsFailure? FromServer(ScriptedServer server)
    {
        using (server)
        {
            // After a retry request the script does not go on, and what it says next is no failure of this message.
            server.Run(HandshakePair.DefaultClient());
            return server.Client.Failure is { Alert: TlsAlert.DecodeError } or null ? server.Client.Failure : null;
        }
    }

    private static TlsFailure? Ticket(byte[] tail)
    {
        using var pair = new HandshakePair().Run();
        pair.Client.Receive(EncryptionLevel.Application, Message(4, [0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 5, 6, .. Prefix16([0x0a, 0x0a, 0, 0, .. tail])]));
        return pair.Client.Failure;
    }

    private static byte[] ServerHelloOf(byte[] random, byte[] extensions) =>
        Message(2, [3, 3, .. random, 0, 0x13, 0x01, 0, .. Prefix16(extensions)]);

    private static byte[] CertificateOf(byte[] extensions)
    {
        var certificate = HandshakePair.Ed25519Credential.Chain[0];
        byte[] entry = [0, .. Prefix16(certificate), .. Prefix16(extensions)];
        return Message(11, [0, 0, .. Prefix16(entry)]);
    }
}
