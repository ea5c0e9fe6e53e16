using System.Diagnostics;

namespace Peregrine.Tls;

/// <summary>
/// The server's side of a handshake. It pauses when it has read the ClientHello, so that its driver can choose settings by what that says.
/// </summary>
internal sealed class TlsServer : TlsHandshake
{
    private ClientHelloInfo? _clientHello;

    public TlsServer(TlsCryptography cryptography)
    {
        Cryptography = cryptography;
        Begin(new ExpectClientHello(this));
    }

    /// <summary>What the client offers; there from <see cref="TlsState.NeedsServerOptions"/> until the handshake is complete.</summary>
    public ClientHelloInfo ClientHello
    {
        get
        {
            Debug.Assert(_clientHello is not null);
            return _clientHello;
        }

        internal set => _clientHello = value;
    }

    /// <summary>Whether <see cref="ClientHello"/> is there.</summary>
    public bool HasClientHello => _clientHello is not null;

    internal TlsCryptography Cryptography { get; }

    /// <summary>Lets go of what the client offered: it may be 64 KiB, and a connection lives long.</summary>
    internal void ForgetClientHello() => _clientHello = null;

    /// <summary>Goes on after <see cref="TlsState.NeedsServerOptions"/>.</summary>
    public void ProvideServerOptions(TlsServerSettings settings, ReadOnlySpan<byte> transportParameters)
    {
        // The handshake may have failed while the options were being chosen.
        if (Current is AwaitServerOptions waiting)
            Enter(waiting.Proceed(settings, transportParameters.ToArray()));
    }

    /// <summary>Ends the handshake in place of <see cref="ProvideServerOptions"/>.</summary>
    public void Refuse(TlsFailure failure)
    {
        if (Current is AwaitServerOptions)
            Fail(failure);
    }
}
