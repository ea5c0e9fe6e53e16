namespace Peregrine.Tls;

/// <summary>
/// What a server chose from a ClientHello. <see cref="Share"/> is null when the client must be asked for one of <see cref="Group"/>.
/// </summary>
internal sealed record ServerChoices(
    CipherSuite Suite, NamedGroup Group, KeyShareEntry? Share, SignatureScheme Scheme, byte[] ApplicationProtocol)
{
    public static PeerMisbehavior? Make(ClientHello hello, TlsServerSettings settings, out ServerChoices choices)
    {
        choices = null!;
        if (ChooseApplicationProtocol(hello, settings) is not { } protocol)
            return PeerMisbehavior.NoCommonApplicationProtocol;
        if (ChooseSuite(hello, settings) is not { } suite)
            return PeerMisbehavior.NoCommonCipherSuite;
        if (ChooseScheme(hello, settings) is not { } scheme)
            return PeerMisbehavior.NoCommonSignatureScheme;

        var share = ChooseShare(hello, settings);
        if ((share?.Group ?? ChooseGroup(hello, settings)) is not { } group)
            return PeerMisbehavior.NoCommonGroup;
        choices = new ServerChoices(suite, group, share, scheme, protocol);
        return null;
    }

    private static byte[]? ChooseApplicationProtocol(ClientHello hello, TlsServerSettings settings)
    {
        foreach (var ours in settings.ApplicationProtocols)
        {
            foreach (var offered in hello.ApplicationProtocols)
            {
                if (offered.Span.SequenceEqual(ours))
                    return ours;
            }
        }

        return null;
    }

    private static CipherSuite? ChooseSuite(ClientHello hello, TlsServerSettings settings)
    {
        foreach (var suite in settings.CipherSuites)
        {
            if (hello.CipherSuites.Contains((ushort)suite))
                return suite;
        }

        return null;
    }

    private static SignatureScheme? ChooseScheme(ClientHello hello, TlsServerSettings settings)
    {
        foreach (var scheme in SignatureSchemes.ForHandshakes)
        {
            if (settings.Credential.Signer.CanSign(scheme) && hello.SignatureSchemes.Contains((ushort)scheme))
                return scheme;
        }

        return null;
    }

    private static KeyShareEntry? ChooseShare(ClientHello hello, TlsServerSettings settings)
    {
        foreach (var group in settings.Groups)
        {
            foreach (var share in hello.KeyShares)
            {
                if (share.Group == group)
                    return share;
            }
        }

        return null;
    }

    private static NamedGroup? ChooseGroup(ClientHello hello, TlsServerSettings settings)
    {
        foreach (var group in settings.Groups)
        {
            if (hello.Groups.Contains((ushort)group))
                return group;
        }

        return null;
    }
}
