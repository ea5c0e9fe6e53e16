using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>The client's part of the handshake that is not the core's: the certificate's verdict, on the thread pool.</summary>
internal sealed class CertificateJudge(QuicConnection connection, ConnectionDriver driver, ClientTls tls) : IThreadPoolWorkItem
{
    /// <summary>Called under the connection's lock.</summary>
    public void Begin() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    public void Execute()
    {
        TlsFailure? failure;
        Exception? thrown = null;
        try
        {
            failure = tls.Verify(driver.Engine.Tls.PeerCertificates, connection);
        }
        catch (Exception e)
        {
            driver.Logger.CallbackFailed(e);
            failure = new TlsFailure(TlsAlert.InternalError, "The certificate could not be verified.");
            thrown = e;
        }

        lock (driver.Gate)
        {
            if (driver.IsClosed)
                return;
            if (thrown is not null)
                connection.Lifetime.Blame(thrown);
            try
            {
                driver.Engine.ProvideCertificateVerdict(failure, driver.Endpoint.Clock.Now);
                driver.Flush();
            }
            catch (Exception e)
            {
                driver.Break(e);
            }
        }
    }
}
