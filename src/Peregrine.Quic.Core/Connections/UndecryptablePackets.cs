using System.Buffers;

namespace Peregrine.Quic.Core;

/// <summary>
/// Packets that arrived before the keys that open them (RFC 9001 §5.7). They are copies: the receive buffer belongs to the socket
/// (robustness V10). At most <see cref="MaxPackets"/> and <see cref="MaxBytes"/> are kept; more are dropped, and the peer's loss recovery
/// sends them again.
/// </summary>
internal sealed class UndecryptablePackets
{
    public const int MaxPackets = 16;
    public const int MaxBytes = 32 * 1024;

    private readonly List<Entry> _packets = [];
    private int _bytes;

    public bool IsEmpty => _packets.Count == 0;

    public ulong DroppedCount { get; private set; }

    public void Add(PacketType type, ReadOnlySpan<byte> packet, in NetworkPath path, EcnCodepoint ecn)
    {
        if (_packets.Count == MaxPackets || _bytes + packet.Length > MaxBytes)
        {
            DroppedCount++;
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(copy);
        _packets.Add(new Entry(type, copy, packet.Length, path, ecn));
        _bytes += packet.Length;
    }

    /// <summary>Takes the oldest packet of this type. The caller gives the array back with <see cref="Return"/>.</summary>
    public bool TryTake(PacketType type, out Entry taken)
    {
        for (var i = 0; i < _packets.Count; i++)
        {
            if (_packets[i].Type != type)
                continue;
            taken = _packets[i];
            _packets.RemoveAt(i);
            _bytes -= taken.Length;
            return true;
        }

        taken = default;
        return false;
    }

    public static void Return(in Entry entry) => ArrayPool<byte>.Shared.Return(entry.Buffer);

    public void Clear()
    {
        foreach (var entry in _packets)
            Return(entry);
        _packets.Clear();
        _bytes = 0;
    }

    internal readonly record struct Entry(PacketType Type, byte[] Buffer, int Length, NetworkPath Path, EcnCodepoint Ecn)
    {
        public Span<byte> Packet => Buffer.AsSpan(0, Length);
    }
}
