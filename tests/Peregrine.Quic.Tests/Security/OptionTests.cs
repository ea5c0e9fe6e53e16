using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Quic.Tests;

/// <summary>What cannot be honoured is refused with advice, and not ignored.</summary>
public sealed class OptionTests
{
    public static TheoryData<string, Action<QuicClientConnectionOptions>> BadClients => new()
    {
        { "ApplicationProtocols", o => o.ClientAuthenticationOptions.ApplicationProtocols = null },
        { "client certificates", o => o.ClientAuthenticationOptions.ClientCertificates = [TestCertificates.Short] },
        { "TLS 1.3", o => o.ClientAuthenticationOptions.EnabledSslProtocols = SslProtocols.Tls12 },
        { "RequireEncryption", o => o.ClientAuthenticationOptions.EncryptionPolicy = (EncryptionPolicy)2 },
        { "NoCheck", o => o.ClientAuthenticationOptions.CertificateRevocationCheckMode = X509RevocationMode.Online },
        { "DefaultStreamErrorCode", o => o.DefaultStreamErrorCode = -1 },
        { "DefaultCloseErrorCode", o => o.DefaultCloseErrorCode = long.MaxValue },
        { "MaxInboundBidirectionalStreams", o => o.MaxInboundBidirectionalStreams = -1 },
        { "MaxInboundUnidirectionalStreams", o => o.MaxInboundUnidirectionalStreams = 65_536 },
        { "IdleTimeout", o => o.IdleTimeout = TimeSpan.Zero },
        { "HandshakeTimeout", o => o.HandshakeTimeout = TimeSpan.FromSeconds(-5) },
        { "KeepAliveInterval", o => o.KeepAliveInterval = TimeSpan.Zero },
        { "DatagramReceiveQueueLength", o => o.DatagramReceiveQueueLength = 0 },
        { "DatagramSendQueueLength", o => o.DatagramSendQueueLength = 0 },
        { "CongestionControl", o => o.CongestionControl = (QuicCongestionControl)9 },
        { "InitialReceiveWindowSizes", o => o.InitialReceiveWindowSizes.Connection = 0 },
        { "SHA-256", o => o.ServerCertificateHashes.Add(new byte[20]) },
        { "port 0", o => o.RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 0) },
        { "4096", o => o.Socket.SendBufferSize = 1 },
    };

    [Theory]
    [MemberData(nameof(BadClients))]
    public async Task A_client_option_that_cannot_be_honoured_is_refused(string advice, Action<QuicClientConnectionOptions> spoil)
    {
        var options = QuicPair.ClientOptions(new IPEndPoint(IPAddress.Loopback, 4433), spoil);
        var failure = await Assert.ThrowsAnyAsync<ArgumentException>(async () => await QuicConnection.ConnectAsync(options));
        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cipher_suite_policy_is_kept()
    {
        if (OperatingSystem.IsWindows())
            return;
        var policy = new CipherSuitesPolicy([TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256]);
        await using var pair = await QuicPair.ConnectAsync(client: o => o.ClientAuthenticationOptions.CipherSuitesPolicy = policy);
        Assert.Equal(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, pair.Client.NegotiatedCipherSuite);
        Assert.Equal(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, pair.Server.NegotiatedCipherSuite);
        await pair.OpenStreamAsync();
    }

    [Fact]
    public async Task A_listener_without_protocols_is_refused()
    {
        var failure = await Assert.ThrowsAnyAsync<ArgumentException>(() => QuicPair.ListenAsync(listen: o => o.ApplicationProtocols = []));
        Assert.Contains("ApplicationProtocols", failure.Message, StringComparison.Ordinal);
    }
}
