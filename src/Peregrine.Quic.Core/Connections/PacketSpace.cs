using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// One packet number space (RFC 9000 §12.3), and all that goes when it is discarded: its keys, the numbers sent and received, what must be
/// acknowledged, and the CRYPTO stream of its level.
/// </summary>
internal sealed class PacketSpace(PacketNumberSpace space, BlockPool pool)
{
    /// <summary>Bytes of CRYPTO data past what TLS has consumed; more is CRYPTO_BUFFER_EXCEEDED (robustness H5).</summary>
    public const int CryptoBufferLimit = 64 * 1024;

    /// <summary>
    /// Pieces of CRYPTO data that wait for an earlier byte; more are CRYPTO_BUFFER_EXCEEDED. Anyone can send these before any
    /// authentication, so
    /// what a frame costs must not grow with those before it; a ClientHello that is shuffled on purpose has some twenty.
    /// </summary>
    public const int CryptoGapLimit = 256;

    public PacketNumberSpace Space { get; } = space;

    /// <summary>The keys that open and seal Initial or Handshake packets.</summary>
    public DirectionKeys? ReadKeys { get; set; }

    /// <inheritdoc cref="ReadKeys"/>
    public DirectionKeys? WriteKeys { get; set; }

    /// <summary>The keys of 1-RTT packets, from the moment that they can be sealed.</summary>
    public OneRttKeys? OneRtt { get; set; }

    public AckTracker Acks { get; } = new(space);

    public SentPacketSpace Sent { get; } = new(space);

    public SendBuffer CryptoOut { get; } = new(pool);

    public ReceiveBuffer CryptoIn { get; } = new(pool);

    public bool IsDiscarded { get; private set; }

    public bool CanOpen => OneRtt is { CanOpen: true } || ReadKeys is not null;

    public bool CanSeal => OneRtt is not null || WriteKeys is not null;

    /// <summary>While a CONNECTION_CLOSE can still be sealed.</summary>
    public bool CanSealClose => OneRtt is { CanSealClose: true } || WriteKeys is not null;

    /// <summary>
    /// Uncovers the packet number and opens the payload in place; only while <see cref="CanOpen"/>. False without a fault: drop the packet.
    /// False with a fault: close.
    /// </summary>
    /// <param name="keepPrevious">How long the previous read key is still good after a key update (RFC 9001 §6.5).</param>
    public bool TryUnprotect(
        Span<byte> packet, int numberOffset, Instant now, Duration keepPrevious,
        out ulong packetNumber, out Span<byte> payload, out QuicFault? fault)
    {
        fault = null;
        payload = default;
        var expected = Acks.LargestReceived is { } largest ? largest + 1 : 0;
        var header = OneRtt is null ? ReadKeys!.Header : OneRtt.ReadHeader!;
        if (!PacketProtection.TryRemoveHeaderProtection(header, packet, numberOffset, expected, out packetNumber, out var numberLength))
            return false;
        return OneRtt is null
            ? PacketProtection.TryOpen(ReadKeys!.Payload, packet, numberOffset, numberLength, packetNumber, out payload)
            : OneRtt.TryOpen(packet, numberOffset, numberLength, packetNumber, now, keepPrevious, out payload, out fault);
    }

    /// <summary>Seals a packet that is header, plaintext and room for the tag; only while <see cref="CanSeal"/>.</summary>
    public void Seal(Span<byte> packet, int numberOffset, int numberLength, ulong packetNumber)
    {
        if (OneRtt is not null)
        {
            OneRtt.Seal(packet, numberOffset, numberLength, packetNumber);
            return;
        }

        LongHeader.PatchLength(packet, numberOffset);
        PacketProtection.Seal(WriteKeys!, packet, numberOffset, numberLength, packetNumber);
    }

    /// <summary>RFC 9001 §4.9, RFC 9002 §6.4: the keys are dropped, and with them all that was in flight.</summary>
    public void Discard()
    {
        IsDiscarded = true;
        ReadKeys?.Dispose();
        WriteKeys?.Dispose();
        OneRtt?.Dispose();
        ReadKeys = null;
        WriteKeys = null;
        OneRtt = null;
        Sent.Discard();
        CryptoOut.Clear();
        CryptoIn.Discard();
    }
}
