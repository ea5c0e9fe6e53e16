using System.Diagnostics;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Carries CRYPTO bytes to TLS and back, installs the keys that TLS makes, and checks what the peer's transport parameters claim
/// (RFC 9001 §4). It owns the TLS handshake object and both sides' transport parameters.
/// </summary>
internal sealed class HandshakeProgress(ConnectionEngine connection, TlsHandshake tls)
{
    /// <summary>What holds until the peer has spoken: the defaults of RFC 9000 §18.2.</summary>
    private static readonly TransportParameters Unknown = new();

    private bool _askedForOptions;
    private bool _askedForVerdict;
    private bool _handshakeDonePending;
    private TransportParameters? _peer;

    public TlsHandshake Tls { get; } = tls;

    /// <summary>The TLS handshake is complete: both Finished messages are verified or sent (RFC 9001 §4.1.1).</summary>
    public bool IsComplete { get; private set; }

    /// <summary>RFC 9001 §4.1.2: the peer is known to have completed as well.</summary>
    public bool IsConfirmed { get; private set; }

    /// <summary>1-RTT packets can be sent, on a server before the handshake is complete (0.5-RTT).</summary>
    public bool IsReadyToSend { get; private set; }

    /// <summary>True while a server waits for the application to choose its options; nothing is sent meanwhile.</summary>
    public bool AwaitsServerOptions => _askedForOptions && Tls.State == TlsState.NeedsServerOptions;

    public bool PeerSupportsReliableReset => _peer?.ResetStreamAt ?? false;

    public ulong PeerMaxDatagramFrameSize => _peer?.MaxDatagramFrameSize ?? 0;

    public int PeerAckDelayExponent => (int)(_peer ?? Unknown).AckDelayExponent;

    public ulong PeerMaxUdpPayloadSize => (_peer ?? Unknown).MaxUdpPayloadSize;

    /// <summary>Read keys were installed since the receiver last tried the packets that wait for them.</summary>
    public bool HasNewReadKeys { get; set; }

    public bool HasPendingFrames => _handshakeDonePending;

    public QuicFault? OnCrypto(PacketNumberSpace space, in CryptoFrame frame, Instant now)
    {
        var state = connection.SpaceOf(space);
        if (state.IsDiscarded)
            return null;

        // RFC 9000 §7.5: what TLS has not consumed is bounded, by offset as well as by bytes.
        var received = state.CryptoIn;
        var end = frame.Offset + (ulong)frame.Data.Length;
        if (end > received.Consumed + PacketSpace.CryptoBufferLimit)
            return QuicFault.CryptoBufferExceeded($"CRYPTO data reaches {end - received.Consumed} bytes past what was consumed.");

        received.Write(frame.Offset, frame.Data);
        if (received.Count > PacketSpace.CryptoGapLimit)
            return QuicFault.CryptoBufferExceeded($"CRYPTO data is in more than {PacketSpace.CryptoGapLimit} pieces.");
        FeedTls(space, received);
        return Pump(now);
    }

    /// <summary>Takes everything TLS has to say: bytes to send, keys to install, questions to the driver.</summary>
    public QuicFault? Pump(Instant now)
    {
        while (Tls.TryTakeEvent(out var tlsEvent))
        {
            if (OnTlsEvent(tlsEvent) is { } fault)
                return fault;
        }

        switch (Tls.State)
        {
            case TlsState.Failed:
                return ToFault(Tls.Failure!);
            case TlsState.NeedsServerOptions when !_askedForOptions:
                if (_peer is null)
                    return QuicFault.Crypto((byte)TlsAlert.MissingExtension, "The ClientHello holds no quic_transport_parameters.");
                _askedForOptions = true;
                connection.Events.Add(ConnectionEventKind.NeedsServerOptions);
                return null;
            case TlsState.NeedsCertificateVerdict when !_askedForVerdict:
                _askedForVerdict = true;
                connection.Events.Add(ConnectionEventKind.NeedsCertificateVerdict);
                return null;
            default:
                return null;
        }
    }

    public void OnHandshakeDone(Instant now)
    {
        // A server confirms by completing; FrameRules keeps this frame away from servers.
        if (IsComplete)
            Confirm();
    }

    public void OnHandshakeDoneLost() => _handshakeDonePending = true;

    public void WriteFrames(ref PacketBuilder builder)
    {
        if (!_handshakeDonePending || builder.Remaining < 1 || !builder.CanRemember)
            return;
        builder.Writer.WriteByte((byte)FrameType.HandshakeDone);
        builder.Remember(new SentFrame(SentFrameKind.HandshakeDone));
        _handshakeDonePending = false;
    }

    /// <summary>The peer's limits reach the components once both sides' settings are known.</summary>
    public void ApplyPeerParameters()
    {
        var peer = _peer!;
        connection.Streams.ApplyPeerParameters(
            peer.InitialMaxData,
            peer.InitialMaxStreamDataBidiLocal,
            peer.InitialMaxStreamDataBidiRemote,
            peer.InitialMaxStreamDataUni,
            peer.InitialMaxStreamsBidi,
            peer.InitialMaxStreamsUni,
            peer.ResetStreamAt && connection.Settings.Streams.AcceptResetStreamAt);
        connection.Idle.ApplyPeerTimeout(peer.IdleTimeout);
        connection.Recovery.PeerMaxAckDelay = peer.AckDelay;
        if (peer.StatelessResetToken is { } token)
            connection.RemoteIds.SetFirstToken(token);
        connection.ApplyDatagramLimits();
    }

    private void FeedTls(PacketNumberSpace space, ReceiveBuffer received)
    {
        var level = LevelOf(space);
        var readable = received.Peek();
        if (readable.IsEmpty)
            return;
        foreach (var segment in readable)
            Tls.Receive(level, segment.Span);
        received.Advance(readable.Length);
    }

    private QuicFault? OnTlsEvent(in TlsEvent tlsEvent)
    {
        switch (tlsEvent.Kind)
        {
            case TlsEventKind.WriteBytes:
                connection.SpaceOf(SpaceOf(tlsEvent.Level)).CryptoOut.Write(tlsEvent.Data.Span);
                return null;

            case TlsEventKind.InstallReadSecret:
                InstallRead(tlsEvent);
                return null;

            case TlsEventKind.InstallWriteSecret:
                InstallWrite(tlsEvent);
                return null;

            case TlsEventKind.PeerTransportParameters:
                return OnPeerParameters(tlsEvent.Data.Span);

            case TlsEventKind.KeyLogLine:
                connection.Events.Add(ConnectionEventKind.KeyLogLine, data: tlsEvent.Data);
                return null;

            default:
                Debug.Assert(tlsEvent.Kind == TlsEventKind.Complete);
                return OnComplete();
        }
    }

    private void InstallRead(in TlsEvent secret)
    {
        if (secret.Level == EncryptionLevel.Handshake)
            connection.SpaceOf(PacketNumberSpace.Handshake).ReadKeys = DirectionKeys.Derive(secret.Suite, secret.Data.Span);
        else
            connection.OneRtt!.InstallRead(secret.Data.Span);
        HasNewReadKeys = true;
    }

    private void InstallWrite(in TlsEvent secret)
    {
        if (secret.Level == EncryptionLevel.Handshake)
        {
            connection.SpaceOf(PacketNumberSpace.Handshake).WriteKeys = DirectionKeys.Derive(secret.Suite, secret.Data.Span);
            connection.Recovery.HasHandshakeKeys = true;
            return;
        }

        connection.InstallOneRttWrite(secret.Suite, secret.Data.Span);
        IsReadyToSend = true;
        connection.Events.Add(ConnectionEventKind.ReadyToSend);
    }

    private QuicFault? OnComplete()
    {
        IsComplete = true;
        connection.Idle.OnHandshakeComplete();
        if (connection.OnHandshakeComplete() is { } refused)
            return refused;
        connection.Events.Add(ConnectionEventKind.HandshakeComplete);
        if (!connection.IsServer)
            return null;

        // RFC 9001 §4.1.2: for a server complete is confirmed; HANDSHAKE_DONE tells the client.
        _handshakeDonePending = true;
        Confirm();
        return null;
    }

    private void Confirm()
    {
        if (IsConfirmed)
            return;
        IsConfirmed = true;
        connection.Recovery.HandshakeConfirmed = true;
        connection.OneRtt!.OnHandshakeConfirmed();
        connection.LocalIds.ApplyPeerLimit(_peer!.ActiveConnectionIdLimit);
        connection.DiscardSpace(PacketNumberSpace.Handshake);
    }

    private QuicFault? OnPeerParameters(ReadOnlySpan<byte> extension)
    {
        if (!TransportParameters.TryParse(extension, fromServer: !connection.IsServer, out var peer, out var fault))
            return fault;

        // RFC 9000 §7.3: the connection IDs of the handshake are authenticated here.
        fault = peer.CheckConnectionIds(connection.RemoteIds.Current, connection.IsServer ? null : connection.OriginalDestination, retrySource: null) ??
            peer.CheckVersion(QuicVersion.V1, fromServer: !connection.IsServer);
        if (fault is not null)
            return fault;

        _peer = peer;
        if (!connection.IsServer)
            ApplyPeerParameters();
        return null;
    }

    private static QuicFault ToFault(TlsFailure failure) =>
        failure.IsProtocolViolation ? QuicFault.ProtocolViolation(failure.Message, FrameType.Crypto)
        : failure.IsBufferExceeded ? QuicFault.CryptoBufferExceeded(failure.Message)
        : QuicFault.Crypto((byte)failure.Alert, failure.Message);

    private static EncryptionLevel LevelOf(PacketNumberSpace space) => space switch
    {
        PacketNumberSpace.Initial => EncryptionLevel.Initial,
        PacketNumberSpace.Handshake => EncryptionLevel.Handshake,
        _ => EncryptionLevel.Application,
    };

    private static PacketNumberSpace SpaceOf(EncryptionLevel level) => level switch
    {
        EncryptionLevel.Initial => PacketNumberSpace.Initial,
        EncryptionLevel.Handshake => PacketNumberSpace.Handshake,
        _ => PacketNumberSpace.Application,
    };
}
