using System.Net;
using System.Net.Security;
using System.Text;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>A client of a listener that speaks QUIC only; what it says of HTTP/3 is the test's, byte by byte.</summary>
internal sealed class BareClient : IAsyncDisposable
{
    private readonly Loopback _loopback;

    private BareClient(QuicConnection transport, Loopback loopback)
    {
        Transport = transport;
        _loopback = loopback;
    }

    public QuicConnection Transport { get; }

    /// <summary>Connects, and announces what a client of draft 02 has to, and these settings.</summary>
    public static async Task<BareClient> ConnectAsync(
        Loopback loopback, Action<QuicClientConnectionOptions>? configure = null, params (ulong Id, ulong Value)[] settings)
    {
        var options = new QuicClientConnectionOptions
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, loopback.Port),
            ClientAuthenticationOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                ApplicationProtocols = [SslApplicationProtocol.Http3],
            },
            ServerCertificateHashes = { loopback.Hash },
            DefaultStreamErrorCode = 0x10c,
            DefaultCloseErrorCode = 0x100,
        };
        configure?.Invoke(options);
        var client = new BareClient(await QuicConnection.ConnectAsync(options).Soon(), loopback);
        var control = await client.Transport.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).Soon();
        byte[] payload = [.. VarInt(0x33), 1, .. VarInt(RawClient.Enable02), 1];
        foreach (var (id, value) in settings)
            payload = [.. payload, .. VarInt(id), .. VarInt(value)];
        await control.WriteAsync((byte[])[0, 4, .. VarInt((ulong)payload.Length), .. payload]).Soon();
        return client;
    }

    /// <summary>Sends the request for a session.</summary>
    public async Task<QuicStream> RequestAsync()
    {
        var stream = await Transport.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).Soon();
        byte[] section =
        [
            0, 0, .. Field(":method", "CONNECT"), .. Field(":protocol", "webtransport"), .. Field(":scheme", "https"),
            .. Field(":authority", $"127.0.0.1:{_loopback.Port}"), .. Field(":path", "/"),
        ];
        await stream.WriteAsync((byte[])[1, .. VarInt((ulong)section.Length), .. section]).Soon();
        return stream;
    }

    public async Task<QuicStream> OpenUnidirectionalAsync(params byte[] bytes)
    {
        var stream = await Transport.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).Soon();
        await stream.WriteAsync(bytes, completeWrites: true).Soon();
        return stream;
    }

    public ValueTask DisposeAsync() => Transport.DisposeAsync();

    // RFC 9204 §4.5.6, a literal name with a prefix of three bits; all names and values here are shorter than 100 bytes.
    private static byte[] Field(string name, string value) =>
    [
        .. name.Length < 7 ? (byte[])[(byte)(0x20 | name.Length)] : [0x27, (byte)(name.Length - 7)], .. Encoding.ASCII.GetBytes(name),
        (byte)value.Length, .. Encoding.ASCII.GetBytes(value),
    ];

    private static byte[] VarInt(ulong value) => value switch
    {
        < 64 => [(byte)value],
        < 16_384 => [(byte)(0x40 | (value >> 8)), (byte)value],
        _ => [(byte)(0x80 | (value >> 24)), (byte)(value >> 16), (byte)(value >> 8), (byte)value],
    };
}
