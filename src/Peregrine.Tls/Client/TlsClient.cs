using System.Diagnostics;

namespace Peregrine.Tls;

/// <summary>
/// The client's side of a handshake. Its certificate verdict comes from outside: it pauses for it between CertificateVerify and Finished.
/// </summary>
internal sealed class TlsClient : TlsHandshake
{
    private readonly ClientHelloWriter _helloWriter;

    public TlsClient(TlsClientSettings settings, ReadOnlySpan<byte> transportParameters, TlsCryptography cryptography)
    {
        Settings = settings;
        Cryptography = cryptography;
        Random = new byte[ClientHello.RandomLength];
        cryptography.Random.Fill(Random);
        ServerName = settings.SendsServerName ? settings.ServerName!.ToLowerInvariant() : null;
        _helloWriter = new ClientHelloWriter(settings, Random, transportParameters.ToArray());
        Begin(new NotStarted(this));
    }

    internal TlsClientSettings Settings { get; }

    internal TlsCryptography Cryptography { get; }

    /// <summary>The random of our ClientHello, by which key log lines are found.</summary>
    internal byte[] Random { get; }

    /// <summary>Writes the ClientHello. Call it once.</summary>
    public void Start()
    {
        Debug.Assert(State == TlsState.Handshaking);
        Enter(ExpectServerHelloOrRetry.Start(this, _helloWriter));
    }

    /// <summary>Goes on after <see cref="TlsState.NeedsCertificateVerdict"/>: null accepts the server's certificate.</summary>
    public void ProvideCertificateVerdict(TlsFailure? failure)
    {
        // The handshake may have failed while the verdict was being made.
        if (Current is not AwaitCertificateVerdict waiting)
            return;
        if (failure is not null)
            Fail(failure);
        else
            Enter(waiting.Accept());
    }
}
