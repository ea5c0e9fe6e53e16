using System.Diagnostics;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The 1-RTT keys of a connection and their updates (RFC 9001 §6). It owns every generation of keys that is still needed (one to write;
/// previous, current and next to read), the key phase, and the counts of packets sealed and of packets that failed to open.
/// <para>
/// Sending: <see cref="TryPrepareSeal"/>, then write a header with <see cref="KeyPhase"/>, then <see cref="Seal"/>. Receiving:
/// <see cref="PacketProtection.TryRemoveHeaderProtection"/> with <see cref="ReadHeader"/>, then <see cref="TryOpen"/>. The owner reports
/// acknowledgements in both directions, and calls <see cref="OnTimeout"/> at <see cref="NextTimeout"/>.
/// </para>
/// </summary>
internal sealed class OneRttKeys : IDisposable
{
    private readonly IHeaderProtection _writeHeader;
    private readonly AeadLimits _limits;
    private readonly KeyGenerations _write;
    private readonly CipherSuite _suite;
    private KeyGenerations? _read;

    private PayloadKey? _previousRead;
    private Instant _previousReadExpires = Instant.Never;

    // About the current key phase.
    private ulong? _firstReceived;
    private ulong? _firstSent;
    private ulong _sealed;
    private bool _sentIsAcknowledged;
    private bool _owesAcknowledgement;

    private ulong _forged;
    private bool _handshakeConfirmed;

    public OneRttKeys(CipherSuite suite, ReadOnlySpan<byte> writeSecret, AeadLimits limits)
    {
        _suite = suite;
        _limits = limits;
        _write = new KeyGenerations(suite, writeSecret);
        _writeHeader = DirectionKeys.DeriveHeaderProtection(suite, writeSecret);
    }

    public OneRttKeys(CipherSuite suite, ReadOnlySpan<byte> writeSecret)
        : this(suite, writeSecret, AeadLimits.Of(suite))
    {
    }

    /// <summary>Never changes: header protection keys are not updated (RFC 9001 §6.1). Null until <see cref="InstallRead"/>.</summary>
    public IHeaderProtection? ReadHeader { get; private set; }

    /// <summary>False on a server that sends at 0.5-RTT: it may not read before the handshake is complete (RFC 9001 §5.7).</summary>
    public bool CanOpen => _read is not null;

    /// <summary>The bit for the header of the next packet.</summary>
    public bool KeyPhase { get; private set; }

    /// <summary>How many updates there were, ours and the peer's.</summary>
    public ulong Updates { get; private set; }

    /// <summary>Packets that failed to open, over all key phases.</summary>
    public ulong Forged => _forged;

    /// <summary>When the previous read key is to be thrown away.</summary>
    public Instant NextTimeout => _previousReadExpires;

    /// <summary>
    /// True when RFC 9001 §6.1 lets us start an update: the handshake is confirmed and the peer has acknowledged a packet of this phase.
    /// </summary>
    public bool CanInitiateUpdate => _handshakeConfirmed && _sentIsAcknowledged && _previousRead is null;

    public void InstallRead(ReadOnlySpan<byte> secret)
    {
        Debug.Assert(_read is null);
        _read = new KeyGenerations(_suite, secret);
        ReadHeader = DirectionKeys.DeriveHeaderProtection(_suite, secret);
    }

    public void OnHandshakeConfirmed() => _handshakeConfirmed = true;

    /// <summary>The peer acknowledged packets up to this number.</summary>
    public void OnAcknowledged(ulong largest)
    {
        if (_firstSent <= largest)
            _sentIsAcknowledged = true;
    }

    /// <summary>A packet with an ACK frame for the 1-RTT space was sealed.</summary>
    public void OnAckSent() => _owesAcknowledgement = false;

    public void OnTimeout(Instant now)
    {
        if (now >= _previousReadExpires)
            DropPreviousRead();
    }

    /// <summary>
    /// To be called before the header of each packet is written: updates the keys when they are half worn out, and answers false once they
    /// may be used no more. A reserve then stays for the packets that carry the CONNECTION_CLOSE.
    /// </summary>
    public bool TryPrepareSeal(out QuicFault? fault)
    {
        fault = null;
        if (_sealed >= _limits.Confidentiality / 2 && CanInitiateUpdate)
            InitiateUpdate();
        if (_sealed < _limits.Confidentiality - CloseReserve)
            return true;

        fault = QuicFault.AeadLimitReached("The packet protection key is used up and no key update was possible.");
        return false;
    }

    /// <summary>True while a CONNECTION_CLOSE can still be sealed.</summary>
    public bool CanSealClose => _sealed < _limits.Confidentiality;

    public void Seal(Span<byte> packet, int packetNumberOffset, int packetNumberLength, ulong packetNumber)
    {
        Debug.Assert(CanSealClose, "The confidentiality limit is the caller's to watch.");
        Debug.Assert(((packet[0] & HeaderBits.KeyPhase) != 0) == KeyPhase);

        _firstSent ??= packetNumber;
        _sealed++;
        PacketProtection.Seal(_write.Current, _writeHeader, packet, packetNumberOffset, packetNumberLength, packetNumber);
    }

    /// <summary>
    /// Opens a packet whose header protection is off, and follows the peer's key update if that is what the packet shows. False without a
    /// fault: drop the packet. False with a fault: close.
    /// </summary>
    /// <param name="keepPrevious">How long the previous read key is still good after an update: three PTOs (RFC 9001 §6.5).</param>
    public bool TryOpen(
        Span<byte> packet, int packetNumberOffset, int packetNumberLength, ulong packetNumber, Instant now, Duration keepPrevious,
        out Span<byte> payload, out QuicFault? fault)
    {
        fault = null;
        payload = default;
        if (_forged >= _limits.Integrity)
            return false;

        var generation = Select((packet[0] & HeaderBits.KeyPhase) != 0, packetNumber);
        var key = generation switch
        {
            Generation.Current => _read!.Current,
            Generation.Next => _read!.Next,
            _ => _previousRead!,
        };
        if (!PacketProtection.TryOpen(key, packet, packetNumberOffset, packetNumberLength, packetNumber, out payload))
        {
            if (++_forged >= _limits.Integrity)
                fault = QuicFault.AeadLimitReached("Too many packets failed to open.");
            return false;
        }

        if (generation == Generation.Previous)
            return true;
        if (generation == Generation.Next)
        {
            // RFC 9001 §6.2: twice in a row, before our acknowledgement of the first could have been seen.
            if (_owesAcknowledgement)
            {
                fault = QuicFault.KeyUpdate("The peer updated its keys again before its last update was acknowledged.");
                payload = default;
                return false;
            }

            Update();
        }

        OnOpenedInCurrentPhase(packetNumber, now, keepPrevious);
        return true;
    }

    /// <summary>Starts an update; the next packet goes out in the new phase. Only while <see cref="CanInitiateUpdate"/>.</summary>
    public void InitiateUpdate()
    {
        Debug.Assert(CanInitiateUpdate);
        Update();
    }

    public void Dispose()
    {
        _previousRead?.Dispose();
        _read?.Dispose();
        _write.Dispose();
        ReadHeader?.Dispose();
        _writeHeader.Dispose();
    }

    private enum Generation : byte
    {
        Previous,
        Current,
        Next,
    }

    /// <summary>Packets kept back for CONNECTION_CLOSE.</summary>
    private ulong CloseReserve => Math.Min(64, _limits.Confidentiality / 8);

    /// <summary>RFC 9001 §6.5: the previous and the next phase share their bit; the packet number tells them apart.</summary>
    private Generation Select(bool keyPhase, ulong packetNumber)
    {
        if (keyPhase == KeyPhase)
            return Generation.Current;
        var isBeforeThisPhase = _firstReceived is null || packetNumber < _firstReceived;
        return _previousRead is not null && isBeforeThisPhase ? Generation.Previous : Generation.Next;
    }

    private void Update()
    {
        // Until a packet of the new phase has come, the previous key stays (RFC 9001 §6.1).
        DropPreviousRead();
        _previousRead = _read!.Advance();
        _write.Advance().Dispose();
        KeyPhase = !KeyPhase;
        Updates++;
        _firstReceived = null;
        _firstSent = null;
        _sentIsAcknowledged = false;
        _sealed = 0;
    }

    private void OnOpenedInCurrentPhase(ulong packetNumber, Instant now, Duration keepPrevious)
    {
        if (_firstReceived is null && Updates > 0)
        {
            _owesAcknowledgement = true;
            _previousReadExpires = now + keepPrevious;
        }

        _firstReceived = Math.Min(_firstReceived ?? packetNumber, packetNumber);
    }

    private void DropPreviousRead()
    {
        _previousRead?.Dispose();
        _previousRead = null;
        _previousReadExpires = Instant.Never;
    }
}
