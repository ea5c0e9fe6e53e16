using System.Diagnostics;

namespace Peregrine.Tls;

/// <summary>The ClientHello is read; which settings it meets is being decided outside. It owns the transcript.</summary>
internal sealed class AwaitServerOptions(TlsServer server, ClientHello hello, Transcript transcript) : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override TlsState Visible => TlsState.NeedsServerOptions;

    public HandshakeState Proceed(TlsServerSettings settings, byte[] transportParameters)
    {
        if (ServerChoices.Make(hello, settings, out var choices) is { } nothingInCommon)
            return server.Fail(nothingInCommon);

        server.Suite = choices.Suite;
        server.ApplicationProtocol = choices.ApplicationProtocol;
        transcript.ChooseHash(choices.Suite);
        var flight = new ServerFlight(server, settings, choices, transportParameters);
        return choices.Share is { } share ? flight.Send(hello, share, transcript) : Retry(flight, choices);
    }

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        Debug.Fail("A paused handshake takes no messages.");
        return this;
    }

    protected override void Release() => transcript.Dispose();

    private ExpectSecondClientHello Retry(ServerFlight flight, ServerChoices choices)
    {
        var retry = ServerHello.WriteRetryRequest(choices.Suite, choices.Group);
        transcript.ReplaceWithMessageHash();
        transcript.Append(retry);
        server.Write(EncryptionLevel.Initial, retry);
        return new ExpectSecondClientHello(server, hello, choices.Group, flight, transcript);
    }
}
