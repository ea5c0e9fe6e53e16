using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Peregrine.Tls;

/// <summary>
/// One TLS 1.3 handshake as QUIC runs it (RFC 9001 §4): CRYPTO bytes go in by <see cref="Receive"/>, and what is to be done comes out by
/// <see cref="TryTakeEvent"/>, in order. After each call of any method take all events and look at <see cref="State"/>. It does no I/O,
/// asks no clock,
/// and never throws for what a peer sends. Not safe for concurrent use. It owns the handshake's secrets, and wipes each as soon as nothing
/// more is derived from it; the exporter's lives until it is disposed.
/// </summary>
internal abstract class TlsHandshake : IDisposable
{
    private readonly Queue<TlsEvent> _events = new();
    private readonly HandshakeBuffer _incoming = new();
    private HandshakeState _current = null!;
    private ApplicationSecrets? _applicationSecrets;
    private TlsEvent _lent;
    private bool _isDisposed;

    public TlsState State => _current.Visible;

    /// <summary>Set when <see cref="State"/> is <see cref="TlsState.Failed"/>.</summary>
    public TlsFailure? Failure { get; private set; }

    /// <summary>The protocol that ALPN chose; empty before that.</summary>
    public ReadOnlyMemory<byte> ApplicationProtocol { get; internal set; }

    /// <summary>The host name of the server_name extension, in lower case, as sent or received.</summary>
    public string? ServerName { get; internal set; }

    public CipherSuite Suite { get; internal set; }

    public NamedGroup Group { get; internal set; }

    /// <summary>The peer's chain in DER, leaf first, as it was sent. Nobody has verified it before the certificate verdict.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PeerCertificates { get; internal set; } = [];

    /// <summary>
    /// Takes the next CRYPTO bytes of a level, in order and cut in any way. While the handshake is paused they are kept, 64 KiB at most,
    /// and handled
    /// when it goes on.
    /// </summary>
    public void Receive(EncryptionLevel level, ReadOnlySpan<byte> cryptoBytes)
    {
        while (!cryptoBytes.IsEmpty && State != TlsState.Failed)
        {
            if (level != _current.Level)
            {
                Fail(PeerMisbehavior.CryptoAtWrongLevel);
                return;
            }

            var taken = _incoming.Append(cryptoBytes);
            cryptoBytes = cryptoBytes[taken..];
            if (taken == 0)
                Fail(PeerMisbehavior.TooManyBytesWhilePaused);
            else
                HandleMessages();
        }
    }

    /// <summary>The next thing to be done. What the last event lent, a secret, is wiped.</summary>
    public bool TryTakeEvent(out TlsEvent e)
    {
        TakeBackSecret();
        if (!_events.TryDequeue(out e))
            return false;
        if (e.IsSecret)
            _lent = e;
        return true;
    }

    /// <summary>Whether bytes of this level have arrived that no complete message has used.</summary>
    public bool HasUnfinishedMessage(EncryptionLevel level) => level == _current.Level && !_incoming.IsEmpty;

    /// <summary>
    /// Exports keying material (RFC 8446 §7.5); false before the handshake is complete, after it is disposed, and when a length is out of
    /// range.
    /// </summary>
    public bool TryExportKeyingMaterial(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output) =>
        State == TlsState.Complete && !_isDisposed && _applicationSecrets!.TryExport(label, context, output);

    public void Dispose()
    {
        _isDisposed = true;
        _current.Dispose();
        ForgetSecrets();
    }

    /// <summary>Fails the handshake. Events that nobody has taken are dropped: they belong to a handshake that did not happen.</summary>
    [SuppressMessage("Performance", "CA1859", Justification = "States return it as their successor.")]
    internal HandshakeState Fail(TlsFailure failure)
    {
        Failure ??= failure;
        ForgetSecrets(); // RFC 8446 §6.2
        _current.Dispose();
        _current = FailedState.Instance;
        return _current;
    }

    internal HandshakeState Fail(PeerMisbehavior misbehavior) => Fail(PeerMisbehaviors.Failure(misbehavior));

    internal void Write(EncryptionLevel level, byte[] messages) =>
        _events.Enqueue(new TlsEvent(TlsEventKind.WriteBytes, level, default, messages));

    // The event gets a copy: its taker may still read it when we wipe ours.
    internal void InstallReadSecret(EncryptionLevel level, CipherSuite suite, ReadOnlySpan<byte> secret) =>
        _events.Enqueue(new TlsEvent(TlsEventKind.InstallReadSecret, level, suite, secret.ToArray()));

    internal void InstallWriteSecret(EncryptionLevel level, CipherSuite suite, ReadOnlySpan<byte> secret) =>
        _events.Enqueue(new TlsEvent(TlsEventKind.InstallWriteSecret, level, suite, secret.ToArray()));

    internal void ReportTransportParameters(EncryptionLevel level, byte[] parameters) =>
        _events.Enqueue(new TlsEvent(TlsEventKind.PeerTransportParameters, level, default, parameters));

    internal void Log(HandshakeSecrets secrets, ReadOnlySpan<byte> clientRandom)
    {
        Log(KeyLog.ClientHandshakeTrafficSecret, clientRandom, secrets.Client);
        Log(KeyLog.ServerHandshakeTrafficSecret, clientRandom, secrets.Server);
    }

    internal void Log(ApplicationSecrets secrets, ReadOnlySpan<byte> clientRandom)
    {
        Log(KeyLog.ClientTrafficSecret0, clientRandom, secrets.Client);
        Log(KeyLog.ServerTrafficSecret0, clientRandom, secrets.Server);
        Log(KeyLog.ExporterSecret, clientRandom, secrets.Exporter);
    }

    /// <summary>Hands over the application secrets, which exporting needs for as long as the connection lives.</summary>
    internal void Keep(ApplicationSecrets secrets) => _applicationSecrets = secrets;

    internal void ReportComplete()
    {
        _applicationSecrets!.ForgetTraffic();
        _events.Enqueue(new TlsEvent(TlsEventKind.Complete, EncryptionLevel.Application, Suite, default));
    }

    protected HandshakeState Current => _current;

    /// <summary>Sets the first state; the constructor of each role calls it.</summary>
    protected void Begin(HandshakeState first) => _current = first;

    /// <summary>Enters a state from outside a message's handling: at the start and after a pause.</summary>
    protected void Enter(HandshakeState next)
    {
        Replace(next);
        HandleMessages();
    }

    private void HandleMessages()
    {
        while (State is TlsState.Handshaking or TlsState.Complete && _incoming.TryTake(out var message))
            Replace(_current.Handle(message));
        if (State != TlsState.Failed && _incoming.IsNextTooLong)
            Fail(PeerMisbehavior.MessageTooLong);
        if (State is TlsState.Complete or TlsState.Failed)
            _incoming.Trim();
    }

    private void Replace(HandshakeState next)
    {
        Debug.Assert(next.Visible != TlsState.Failed || ReferenceEquals(next, _current));
        var levelChanges = next.Level != _current.Level;
        _current = next;
        // RFC 9001 §4.1.3: what is left of the old level can never be completed.
        if (State != TlsState.Failed && levelChanges && !_incoming.IsEmpty)
            Fail(PeerMisbehavior.MessageAcrossKeyChange);
    }

    private void TakeBackSecret()
    {
        _lent.Wipe();
        _lent = default;
    }

    private void ForgetSecrets()
    {
        TakeBackSecret();
        while (_events.TryDequeue(out var untaken))
        {
            if (untaken.IsSecret)
                untaken.Wipe();
        }

        _applicationSecrets?.Dispose();
    }

    private void Log(string label, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> secret) =>
        _events.Enqueue(new TlsEvent(TlsEventKind.KeyLogLine, default, Suite, KeyLog.Line(label, clientRandom, secret)));
}
