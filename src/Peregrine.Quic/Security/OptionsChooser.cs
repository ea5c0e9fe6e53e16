using System.Net.Security;
using System.Security.Authentication;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// The server's part of the handshake that is not the core's: the application chooses the options by the ClientHello, on the thread pool,
/// and what then follows, key exchange and signature, is done there too, each when it is its turn (<see cref="HandshakeTurns"/>). Whatever
/// goes
/// wrong refuses this connection and nothing else (robustness W10).
/// </summary>
internal sealed class OptionsChooser(QuicConnection connection, ConnectionDriver driver, QuicListenerOptions listener) : IThreadPoolWorkItem
{
    private ClientHelloInfo? _hello;
    private ChosenOptions? _chosen;

    /// <summary>Called under the connection's lock.</summary>
    public void Begin(ClientHelloInfo hello)
    {
        _hello = hello;
        driver.Endpoint.Handshakes.Add(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_chosen is { } chosen)
            Provide(chosen);
        else
            _ = ChooseAsync(_hello!);
    }

    private async Task ChooseAsync(ClientHelloInfo hello)
    {
        if (driver.IsClosed)
            return;
        try
        {
            if (!SharesProtocol(hello))
            {
                Refuse(new TlsFailure(TlsAlert.NoApplicationProtocol, "The client offers no application protocol that is spoken here."));
                return;
            }

            var info = new SslClientHelloInfo(hello.ServerName ?? "", SslProtocols.Tls13);
            var choosing = listener.ConnectionOptionsCallback(connection, info, connection.Lifetime.Closing);
            var isChosen = choosing.IsCompletedSuccessfully;
            var options = await choosing.ConfigureAwait(false)
                ?? throw new InvalidOperationException("ConnectionOptionsCallback returned null; return a QuicServerConnectionOptions.");
            options.Validate();
            var tls = ServerTls.Create(options, listener.ApplicationProtocols, info.ServerName, connection);
            _chosen = new ChosenOptions(options, tls);
            if (isChosen)
                Provide(_chosen);
            else
                driver.Endpoint.Handshakes.Add(this);
        }
        catch (Exception e)
        {
            if (!connection.Lifetime.Closing.IsCancellationRequested)
                driver.Logger.OptionsCallbackFailed(connection.RemoteEndPoint, e);
            Refuse(new TlsFailure(TlsAlert.InternalError, "The server could not choose the connection's options."), e);
        }
    }

    // From here on, what fails is this stack and not the application.
    private void Provide(ChosenOptions chosen)
    {
        lock (driver.Gate)
        {
            if (driver.IsClosed)
                return;
            try
            {
                connection.Use(chosen.Options);
                driver.Engine.ProvideServerOptions(CoreSettings.From(chosen.Options), chosen.Tls, driver.Endpoint.Clock.Now);
                driver.Flush();
            }
            catch (Exception e)
            {
                driver.Break(e);
            }
        }
    }

    private void Refuse(TlsFailure failure, Exception? thrown = null)
    {
        lock (driver.Gate)
        {
            if (driver.IsClosed)
                return;
            try
            {
                if (thrown is not null)
                    connection.Lifetime.Blame(thrown);
                driver.Engine.Refuse(failure, driver.Endpoint.Clock.Now);
                driver.Flush();
            }
            catch (Exception e)
            {
                driver.Break(e);
            }
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

    private sealed record ChosenOptions(QuicServerConnectionOptions Options, TlsServerSettings Tls);
}
