using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// A ClientHello as a server reads it: parsed and checked for itself, not yet against our settings. It owns all it refers to.
/// </summary>
internal sealed class ClientHello
{
    // struct {
    //     ProtocolVersion legacy_version = 0x0303;          (nothing follows from it: RFC 8446 §4.2.1)
    //     Random random;                                    (32 bytes)
    //     opaque legacy_session_id<0..32>;
    //     CipherSuite cipher_suites<2..2^16-2>;
    //     opaque legacy_compression_methods<1..2^8-1>;
    //     Extension extensions<8..2^16-1>;
    // } ClientHello;
    public const int RandomLength = 32;
    private const int MaxSessionIdLength = 32;

    public required byte[] Random { get; init; }

    public required ushort[] CipherSuites { get; init; }

    public string? ServerName { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> ApplicationProtocols { get; private set; } = [];

    public ushort[] Groups { get; private set; } = [];

    public ushort[] SignatureSchemes { get; private set; } = [];

    /// <summary>The shares for groups that we know.</summary>
    public IReadOnlyList<KeyShareEntry> KeyShares { get; private set; } = [];

    /// <summary>How many shares there are in all.</summary>
    public int KeyShareCount { get; private set; }

    public byte[] TransportParameters { get; private set; } = [];

    public bool HasEarlyData { get; private set; }

    /// <summary>
    /// Reads the message; a hello that breaks a rule is returned as that misbehaviour, with <paramref name="hello"/> null.
    /// </summary>
    public static PeerMisbehavior? Read(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = null!;
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt16(out var version)
            || !reader.TryReadBytes(RandomLength, out var random)
            || !reader.TryReadVector8(out var sessionId) || sessionId.Length > MaxSessionIdLength
            || !reader.TryReadVector16(out var suiteList) || !VectorReading.TryReadCodePoints(suiteList, out var suites)
            || !reader.TryReadVector8(out var compression) || compression.IsEmpty)
        {
            return PeerMisbehavior.MalformedClientHello;
        }

        if (version == ProtocolVersions.Ssl3)
            return PeerMisbehavior.Ssl3Hello;
        if (reader.IsAtEnd)
            return PeerMisbehavior.VersionNotOffered; // a hello of before there were extensions
        if (!reader.TryReadVector16(out var extensions) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedClientHello;

        if (ClientHelloExtensions.Read(extensions, out var found) is { } malformed)
            return malformed;
        if (!found.OffersTls13)
            return PeerMisbehavior.VersionNotOffered;
        if (!sessionId.IsEmpty)
            return PeerMisbehavior.CompatibilityModeRequested;
        if (compression.Length != 1 || compression[0] != 0)
            return PeerMisbehavior.CompressionOffered;

        var read = new ClientHello { Random = random.ToArray(), CipherSuites = suites, HasEarlyData = found.HasEarlyData };
        var fault = read.Take(found);
        hello = fault is null ? read : null!;
        return fault;
    }

    // RFC 8446 §9.2: what must be there, and then what each must look like.
    private PeerMisbehavior? Take(scoped in ClientHelloExtensions found)
    {
        if (found.MissingExtension is { } missing)
            return missing;
        if (!VectorReading.TryReadCodePointVector(found.SupportedGroups.Data, out var groups))
            return PeerMisbehavior.MalformedSupportedGroups;
        if (!VectorReading.TryReadCodePointVector(found.SignatureAlgorithms.Data, out var schemes))
            return PeerMisbehavior.MalformedSignatureAlgorithms;
        if (AlpnExtension.Read(found.ApplicationProtocols.Data, out var protocols) is { } wrongProtocols)
            return wrongProtocols;
        string? serverName = null;
        if (found.ServerName.IsPresent && ServerNameExtension.Read(found.ServerName.Data, out serverName) is { } wrongName)
            return wrongName;

        Span<ulong> scratch = stackalloc ulong[CodePointSet.Words];
        scratch.Clear();
        var offeredGroups = new CodePointSet(scratch);
        foreach (var group in groups)
            offeredGroups.Add(group);
        if (KeyShareEntry.ReadClientShares(found.KeyShare.Data, offeredGroups, out var shares, out var shareCount) is { } wrongShare)
            return wrongShare;

        ServerName = serverName;
        ApplicationProtocols = protocols;
        Groups = groups;
        SignatureSchemes = schemes;
        KeyShares = shares;
        KeyShareCount = shareCount;
        TransportParameters = found.TransportParameters.Data.ToArray();
        return null;
    }
}
