namespace Peregrine.Tls;

/// <summary>Where a handshake stands, as far as its driver is concerned.</summary>
internal enum TlsState
{
    /// <summary>It waits for the peer.</summary>
    Handshaking,

    /// <summary>
    /// A server has read the ClientHello and waits for <see cref="TlsServer.ProvideServerOptions"/> or <see cref="TlsServer.Refuse"/>.
    /// </summary>
    NeedsServerOptions,

    /// <summary>A client has checked the server's signature and waits for <see cref="TlsClient.ProvideCertificateVerdict"/>.</summary>
    NeedsCertificateVerdict,

    /// <summary>Both Finished messages have been sent and checked.</summary>
    Complete,

    /// <summary>It is over; <see cref="TlsHandshake.Failure"/> says why.</summary>
    Failed,
}
