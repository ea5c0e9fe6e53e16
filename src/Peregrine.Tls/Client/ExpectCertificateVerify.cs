namespace Peregrine.Tls;

/// <summary>The server has shown its certificate, with this key, and must prove that it holds the private one.</summary>
internal sealed class ExpectCertificateVerify(
    TlsClient client, Transcript transcript, HandshakeSecrets secrets, CertificateKey key, bool certificateRequested)
    : ServerFlightState(client, transcript, secrets)
{
    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.CertificateVerify)
            return Client.Fail(Unexpected(message));
        if (Check(message.Body) is { } fault)
            return Client.Fail(fault);
        Transcript.Append(message.Encoded);
        return new AwaitCertificateVerdict(Client, Transcript, Secrets, certificateRequested);
    }

    private PeerMisbehavior? Check(ReadOnlySpan<byte> body)
    {
        if (!CertificateVerify.TryRead(body, out var scheme, out var signature))
            return PeerMisbehavior.MalformedCertificateVerify;
        var kind = SignatureSchemes.KeyKind(scheme);
        if (kind == SignatureKeyKind.Other || !Client.Settings.SignatureSchemes.Contains(scheme))
            return PeerMisbehavior.SignatureSchemeNotOffered;
        if (kind != key.Kind)
            return PeerMisbehavior.SignatureSchemeDoesNotFitKey;
        // Before the check, which a huge key would make expensive (robustness T7).
        if (kind is SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss
            && key.RsaBits is not (>= CertificateKey.MinRsaBits and <= CertificateKey.MaxRsaBits))
        {
            return PeerMisbehavior.RsaKeySize;
        }

        var content = CertificateVerify.ServerContent(Transcript.CurrentHash(stackalloc byte[CipherSuites.MaxHashLength]));
        return key.Verify(scheme, content, signature) ? null : PeerMisbehavior.WrongSignature;
    }
}
