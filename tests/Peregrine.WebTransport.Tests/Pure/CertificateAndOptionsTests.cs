using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.WebTransport.Tests;

public sealed class CertificateAndOptionsTests
{
    [Fact]
    public void A_self_signed_certificate_is_what_browsers_accept_by_hash()
    {
        using var certificate = WebTransportCertificate.CreateSelfSigned();

        Assert.True(certificate.NotAfter - certificate.NotBefore <= TimeSpan.FromDays(14));
        Assert.True(certificate.NotBefore < DateTime.Now && certificate.NotAfter > DateTime.Now.AddDays(12));
        using var key = certificate.GetECDsaPrivateKey();
        Assert.NotNull(key);
        Assert.Equal("1.2.840.10045.3.1.7", key.ExportParameters(false).Curve.Oid.Value);
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.MatchesHostname("127.0.0.1"));
        Assert.Equal(SHA256.HashData(certificate.RawData), WebTransportCertificate.Hash(certificate));
    }

    [Fact]
    public void Names_are_told_from_addresses()
    {
        using var certificate = WebTransportCertificate.CreateSelfSigned(["host.example", "192.0.2.1"], TimeSpan.FromDays(2));

        Assert.True(certificate.MatchesHostname("host.example"));
        Assert.True(certificate.MatchesHostname("192.0.2.1"));
        Assert.False(certificate.MatchesHostname("localhost"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(14)]
    [InlineData(90)]
    public void A_validity_that_browsers_refuse_is_refused_here(int days) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WebTransportCertificate.CreateSelfSigned(validity: TimeSpan.FromDays(days)));

    public static TheoryData<string, Action<WebTransportClientOptions>> WrongClientOptions() => new()
    {
        { "32", o => o.ServerCertificateHashes.Add(new byte[20]) },
        {
            "not both", o =>
            {
                o.ServerCertificateHashes.Add(new byte[32]);
                o.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
            }
        },
        { "KeepAliveInterval", o => o.KeepAliveInterval = TimeSpan.FromSeconds(30) },
        { "IdleTimeout", o => o.IdleTimeout = TimeSpan.Zero },
        { "CloseTimeout", o => o.CloseTimeout = TimeSpan.FromHours(1) },
        { "DatagramReceiveQueueLength", o => o.DatagramReceiveQueueLength = 0 },
        { "MaxInboundBidirectionalStreams", o => o.MaxInboundBidirectionalStreams = -1 },
        { "LoggerFactory", o => o.LoggerFactory = null! },
        { "TimeProvider", o => o.TimeProvider = null! },
        { "origin", o => { o.Origin = "https://a"; o.Headers.Add("origin", "https://b"); } },
    };

    [Theory]
    [MemberData(nameof(WrongClientOptions))]
    public void Wrong_client_options_are_refused_with_a_message_that_helps(string named, Action<WebTransportClientOptions> spoil)
    {
        var options = new WebTransportClientOptions();
        options.Validate();
        spoil(options);

        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(options.Validate).Message);
    }

    [Fact]
    public void A_listener_needs_exactly_one_certificate()
    {
        using var certificate = WebTransportCertificate.CreateSelfSigned();
        var options = new WebTransportListenerOptions { LoggerFactory = NullLoggerFactory.Instance };
        Assert.Contains("CreateSelfSigned", Assert.ThrowsAny<ArgumentException>(options.Validate).Message);

        options.ServerCertificate = certificate;
        options.Validate();
        options.ServerCertificateCallback = (_, _) => throw new NotSupportedException();
        Assert.Contains("only one", Assert.ThrowsAny<ArgumentException>(options.Validate).Message);

        using var publicOnly = X509CertificateLoader.LoadCertificate(certificate.RawData);
        options.ServerCertificateCallback = null;
        options.ServerCertificate = publicOnly;
        Assert.Contains("private key", Assert.ThrowsAny<ArgumentException>(options.Validate).Message);
    }
}
