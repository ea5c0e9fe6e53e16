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

        if (ChooseGroup(hello, settings, out var share) is not { } group)
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
        if (settings.PreferClientOrder)
        {
            foreach (var offered in hello.CipherSuites)
            {
                if (settings.CipherSuites.Contains((CipherSuite)offered))
                    return (CipherSuite)offered;
            }

            return null;
        }

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

    // The first group that may be had without a round trip, but for a post-quantum one before it that is worth one.
    private static NamedGroup? ChooseGroup(ClientHello hello, TlsServerSettings settings, out KeyShareEntry? share)
    {
        share = null;
        NamedGroup? first = null;
        foreach (var group in CommonGroups(hello, settings))
        {
            share = FindShare(hello, group);
            if (share is not null || (settings.RetryForPostQuantum && NamedGroups.IsPostQuantum(group)))
                return group;
            first ??= group;
        }

        return first;
    }

    private static IEnumerable<NamedGroup> CommonGroups(ClientHello hello, TlsServerSettings settings)
    {
        if (settings.PreferClientOrder)
        {
            foreach (var offered in hello.Groups)
            {
                if (settings.Groups.Contains((NamedGroup)offered))
                    yield return (NamedGroup)offered;
            }
        }
        else
        {
            foreach (var group in settings.Groups)
            {
                if (hello.Groups.Contains((ushort)group))
                    yield return group;
            }
        }
    }

    private static KeyShareEntry? FindShare(ClientHello hello, NamedGroup group)
    {
        foreach (var share in hello.KeyShares)
        {
            if (share.Group == group)
                return share;
        }

        return null;
    }
}
