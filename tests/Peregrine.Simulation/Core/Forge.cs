using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// Writes packets by hand, with its own encoding of headers and frames, sealed with real keys: what an attacker who follows the RFC can
/// send.
/// </summary>
internal static class Forge
{
    public static byte[] Concat(params byte[][] parts) => parts.SelectMany(part => part).ToArray();

    public static byte[] VarInt(ulong value, int? length = null)
    {
        var size = length ?? (value < 64 ? 1 : value < 16384 ? 2 : value < 1UL << 30 ? 4 : 8);
        var bytes = new byte[size];
        for (var i = size - 1; i >= 0; i--)
        {
            bytes[i] = (byte)(value & 0xff);
            value >>= 8;
        }

        bytes[0] |= (byte)(size switch { 1 => 0x00, 2 => 0x40, 4 => 0x80, _ => 0xc0 });
        return bytes;
    }

    public static byte[] Crypto(ulong offset, ReadOnlySpan<byte> data) => Concat([0x06], VarInt(offset), VarInt((ulong)data.Length), data.ToArray());

    /// <summary>One client Initial packet of version 1, padded with PADDING frames to fill <paramref name="size"/>.</summary>
    public static byte[] ClientInitial(byte[] destination, byte[] source, uint packetNumber, byte[] frames, int size = 0)
    {
        var keys = InitialKeys.Derive(1, ConnectionId.FromSpan(destination), isServer: false).Write;
        var header = Concat(
            [0xc3], [0, 0, 0, 1], [(byte)destination.Length], destination, [(byte)source.Length], source, [0]);
        var payload = frames;
        var overhead = header.Length + 2 + 4 + 16;
        if (payload.Length + overhead < size)
            payload = Concat(payload, new byte[size - overhead - payload.Length]);
        if (payload.Length < 4)
            payload = Concat(payload, new byte[4 - payload.Length]);
        var number = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(number, packetNumber);
        var packet = Concat(header, VarInt((ulong)(4 + payload.Length + 16), 2), number, payload, new byte[16]);
        PacketProtection.Seal(keys, packet, header.Length + 2, 4, packetNumber);
        return packet;
    }
}
