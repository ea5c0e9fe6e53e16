using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.WebTransport;

/// <summary>Where a listener listens, with which certificate, and what it lets in.</summary>
public sealed class WebTransportListenerOptions : WebTransportOptions
{
    /// <summary>
    /// Options with the defaults of a listener: 1,000 inbound streams of each kind, since browsers fail an open beyond the limit instead
    /// of waiting.
    /// </summary>
    public WebTransportListenerOptions()
    {
        MaxInboundBidirectionalStreams = 1_000;
        MaxInboundUnidirectionalStreams = 1_000;
    }

    /// <summary>
    /// The local address and UDP port. By default every address of IPv6 and IPv4, on a port the system chooses;
    /// <see cref="WebTransportListener.LocalEndPoint"/> tells which. Where the machine has no IPv6, IPv4 alone.
    /// </summary>
    public IPEndPoint ListenEndPoint { get; set; } = new(IPAddress.IPv6Any, 0);

    /// <summary>
    /// The certificate, with its private key. <see cref="WebTransportCertificate.CreateSelfSigned"/> makes one for development. One of
    /// this, <see cref="ServerCertificateContext"/> and <see cref="ServerCertificateCallback"/> must be set.
    /// <see cref="WebTransportListener.UpdateCertificate(X509Certificate2)"/> replaces it while the listener runs.
    /// </summary>
    public X509Certificate2? ServerCertificate { get; set; }

    /// <summary>The certificate together with the intermediate certificates to send; <c>SslStreamCertificateContext.Create</c>
    /// makes it.</summary>
    public SslStreamCertificateContext? ServerCertificateContext { get; set; }

    /// <summary>
    /// Chooses the certificate, with its chain, for each connection by the name the client asked for (SNI), which is empty when it asked
    /// by address. It may be called for many connections at once, and may take as long as the handshake may. Return the same context for
    /// the same certificate, since preparing one takes milliseconds. What it throws refuses the connection, is logged, and harms nothing
    /// else.
    /// </summary>
    public Func<string, CancellationToken, ValueTask<SslStreamCertificateContext>>? ServerCertificateCallback { get; set; }

    /// <summary>Which web pages may open sessions. By default those of the same host, and clients that are no browsers.</summary>
    public WebTransportOriginPolicy OriginPolicy { get; set; } = WebTransportOriginPolicy.SameHost;

    /// <summary>
    /// Sessions a client may have open, or waiting to be accepted, on one connection; announced in SETTINGS. A further request is reset
    /// with H3_REQUEST_REJECTED. 16 by default; 1 to 5,000.
    /// </summary>
    public int MaxSessionsPerConnection { get; set; } = 16;

    /// <summary>
    /// Requests that may wait for <see cref="WebTransportListener.AcceptAsync"/>; past it, new ones are reset with H3_REQUEST_REJECTED.
    /// 1,024 by default; at least 1.
    /// </summary>
    public int RequestBacklog { get; set; } = 1024;

    /// <summary>
    /// Connections that may be under way or wait to be taken up; past it, new ones are refused. 512 by default; at least 1.
    /// </summary>
    public int ConnectionBacklog { get; set; } = 512;

    /// <summary>
    /// Sessions that may be open, or waiting to be accepted, on all connections together; a further request is reset with
    /// H3_REQUEST_REJECTED, which a client may try again. 100,000 by default; at least 1.
    /// </summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>
    /// The code that <see cref="WebTransportListener.RunAsync"/> and <see cref="WebTransportListener.RunRequestsAsync"/> close a session
    /// with when its handler threw. 500 by default; any 32-bit number.
    /// </summary>
    public uint HandlerFailureCode { get; set; } = 500;

    internal override TimeSpan EffectiveKeepAliveInterval => KeepAliveOr(2.0 / 3, TimeSpan.FromSeconds(20));

    internal override void Validate()
    {
        base.Validate();
        NotNull(ListenEndPoint, nameof(ListenEndPoint));
        NotNull(OriginPolicy, nameof(OriginPolicy));
        InRange(MaxSessionsPerConnection, 1, 5_000, nameof(MaxSessionsPerConnection));
        InRange(MaxSessions, 1, int.MaxValue, nameof(MaxSessions));
        InRange(RequestBacklog, 1, int.MaxValue, nameof(RequestBacklog));
        InRange(ConnectionBacklog, 1, int.MaxValue, nameof(ConnectionBacklog));
        var certificates = (ServerCertificate is null ? 0 : 1) + (ServerCertificateContext is null ? 0 : 1)
            + (ServerCertificateCallback is null ? 0 : 1);
        if (certificates != 1)
        {
            throw new ArgumentException(
                certificates == 0
                    ? "There is no certificate: set ServerCertificate, ServerCertificateContext or ServerCertificateCallback. "
                        + "WebTransportCertificate.CreateSelfSigned() makes one for development."
                    : "Set only one of ServerCertificate, ServerCertificateContext and ServerCertificateCallback.",
                nameof(ServerCertificate));
        }

        if (ServerCertificate is { HasPrivateKey: false })
        {
            throw new ArgumentException(
                "ServerCertificate has no private key; load it from a PFX file, or with X509Certificate2.CreateFromPemFile(certificate, key).",
                nameof(ServerCertificate));
        }
    }
}
