using System.Net.Security;
using System.Security.Authentication;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// The server's part of the handshake that is not the core's: the application chooses the options by the ClientHello, on the thread pool.
/// Whatever goes wrong refuses this connection and nothing else (robustness W10).
/// </summary>
internal sealed class OptionsChooser(QuicConnection connection, ConnectionDriver driver, QuicListenerOptions listener)
{
    /// <summary>Called under the connection's lock.</summary>
    public void Begin(ClientHelloInfo hello) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.This.RunAsync(state.Hello), (This: this, Hello: hello), preferLocal: false);

    private async Task RunAsync(ClientHelloInfo hello)
    {
        try
        {
            if (!SharesProtocol(hello))
            {
                Refuse(new TlsFailure(TlsAlert.NoApplicationProtocol, "The client offers no application protocol that is spoken here."));
                return;
            }

            var info = new SslClientHelloInfo(hello.ServerName ?? "", SslProtocols.Tls13);
            var options = await listener.ConnectionOptionsCallback(connection, info, connection.Lifetime.Closing).ConfigureAwait(false)
                ?? throw new InvalidOperationException("ConnectionOptionsCallback returned null; return a QuicServerConnectionOptions.");
            options.Validate();
            var tls = ServerTls.Create(options, listener.ApplicationProtocols, info.ServerName, connection);
            Provide(options, tls);
        }
        catch (Exception e)
        {
            if (!connection.Lifetime.Closing.IsCancellationRequested)
                driver.Endpoint.Logger.OptionsCallbackFailed(connection.RemoteEndPoint, e);
            Refuse(new TlsFailure(TlsAlert.InternalError, "The server could not choose the connection's options."), e);
        }
    }

    private void Provide(QuicServerConnectionOptions options, TlsServerSettings tls)
    {
        lock (driver.Gate)
        {
            if (driver.IsClosed)
                return;
            connection.Use(options);
            driver.Engine.ProvideServerOptions(CoreSettings.From(options), tls, driver.Endpoint.Clock.Now);
            driver.Flush();
        }
    }

    private void Refuse(TlsFailure failure, Exception? thrown = null)
    {
        lock (driver.Gate)
        {
            if (driver.IsClosed)
                return;
            if (thrown is not null)
                connection.Lifetime.Blame(thrown);
            driver.Engine.Refuse(failure, driver.Endpoint.Clock.Now);
            driver.Flush();
        }
    }

    private bool SharesProtocol(ClientHelloInfo hello)
    {
        foreach (var offered in hello.ApplicationProtocols)
        {
            foreach (var spoken in listener.ApplicationProtocols)
            {
                if (spoken.Protocol.Span.SequenceEqual(offered.Span))
                    return true;
            }
        }

        return false;
    }
}
