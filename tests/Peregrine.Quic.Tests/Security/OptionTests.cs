using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Quic.Tests;

/// <summary>What cannot be honoured is refused with advice, and not ignored.</summary>
#pragma warning disable CA5359, CA1416 // callbacks and paddings that are refused, whatever they would do

public sealed class OptionTests
{
    public static TheoryData<string, Action<QuicClientConnectionOptions>> BadClients => new()
    {
        { "ApplicationProtocols", o => o.ClientAuthenticationOptions.ApplicationProtocols = null },
        { "client certificates", o => o.ClientAuthenticationOptions.ClientCertificates = [TestCertificates.Short] },
        { "TLS 1.3", o => o.ClientAuthenticationOptions.EnabledSslProtocols = SslProtocols.Tls12 },
        { "RequireEncryption", o => o.ClientAuthenticationOptions.EncryptionPolicy = (EncryptionPolicy)2 },
        { "both", o => o.ClientAuthenticationOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true },
        { "no chain", o => o.ClientAuthenticationOptions.CertificateChainPolicy = new X509ChainPolicy() },
        { "CertificateChainPolicy.RevocationMode", o =>
            {
                o.ServerCertificateHashes.Clear();
                o.ClientAuthenticationOptions.CertificateChainPolicy = new X509ChainPolicy();
            }
        },
        { "no peer is sent more", o =>
            o.ClientAuthenticationOptions.ApplicationProtocols = [.. Enumerable.Range(0, 65).Select(i => new SslApplicationProtocol($"p{i}"))] },
        { "NoCheck", o => UsesOnlineRevocation(o) },
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

    private static void UsesOnlineRevocation(QuicClientConnectionOptions options)
    {
        options.ServerCertificateHashes.Clear();
        options.ClientAuthenticationOptions.CertificateRevocationCheckMode = X509RevocationMode.Online;
    }

    public static TheoryData<string, Action<SslServerAuthenticationOptions>> BadServers => new()
    {
        { "RSA key of 1024 bits", o => o.ServerCertificate = Certificate(RSA.Create(1024)) },
        { "of a kind", o => o.ServerCertificate = Certificate(ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1)) },
        { "digital signatures", o => o.ServerCertificate = Certificate(ECDsa.Create(), X509KeyUsageFlags.NonRepudiation) },
        { "with its private key", o => o.ServerCertificate = X509CertificateLoader.LoadCertificate(TestCertificates.Short.RawData) },
        { "no certificate", o => o.ServerCertificate = null },
        { "client certificates", o => o.ClientCertificateRequired = true },
        { "client certificates", o => o.RemoteCertificateValidationCallback = (_, _, _, _) => true },
        { "AllowRsaPssPadding", o => o.AllowRsaPssPadding = false },
    };

    [Theory]
    [Trait("Review", "X8")]
    [Trait("Review", "U25")]
    [MemberData(nameof(BadServers))]
    public void A_server_option_that_cannot_be_honoured_is_refused_before_there_is_a_client(
        string advice, Action<SslServerAuthenticationOptions> spoil)
    {
        var options = QuicPair.ServerOptions(o => spoil(o.ServerAuthenticationOptions));
        var failure = Assert.ThrowsAny<ArgumentException>(options.Validate);
        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_ends_export_the_same_keys_until_the_connection_ends() // RFC 8446 §7.5
    {
        await using var pair = await QuicPair.ConnectAsync();
        await pair.Server.HandshakeCompleted.WaitAsync(QuicPair.Patience);
        var (ours, theirs, others) = (new byte[40], new byte[40], new byte[40]);
        Assert.True(pair.Client.TryExportKeyingMaterial("EXPERIMENTAL test"u8, "context"u8, ours));
        Assert.True(pair.Server.TryExportKeyingMaterial("EXPERIMENTAL test"u8, "context"u8, theirs));
        Assert.True(pair.Server.TryExportKeyingMaterial("EXPERIMENTAL test"u8, "another"u8, others));
        Assert.Equal(ours, theirs);
        Assert.NotEqual(ours, others);
        Assert.Throws<ArgumentException>(() => pair.Client.TryExportKeyingMaterial(default, default, ours));
        Assert.Throws<ArgumentException>(() => pair.Client.TryExportKeyingMaterial("x"u8, default, new byte[8161]));

        await pair.Client.CloseAsync(0);
        Assert.False(pair.Client.TryExportKeyingMaterial("EXPERIMENTAL test"u8, "context"u8, ours));
    }

    private static X509Certificate2 Certificate(AsymmetricAlgorithm key, X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature)
    {
        var request = key is RSA rsa
            ? new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=localhost", (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
    }

    [Fact]
    public async Task A_listener_without_protocols_is_refused()
    {
        var failure = await Assert.ThrowsAnyAsync<ArgumentException>(() => QuicPair.ListenAsync(listen: o => o.ApplicationProtocols = []));
        Assert.Contains("ApplicationProtocols", failure.Message, StringComparison.Ordinal);
    }
}
