using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Peregrine.Quic.Core;

/// <summary>
/// ChaCha20 header protection (RFC 9001 §5.4.4): the first bytes of the one block that the sample's counter and nonce select. It owns the
/// key and wipes it when disposed. Every sum wraps on purpose (robustness T11); vector sums do so in checked builds as well.
/// </summary>
internal sealed class ChaCha20HeaderProtection : IHeaderProtection
{
    private readonly uint[] _key = new uint[8];

    public ChaCha20HeaderProtection(ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _key.Length; i++)
            _key[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(i * sizeof(uint))..]);
    }

    public void Mask(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        // RFC 8439 §2.3: constants, key, then counter and nonce, which the sample is as it stands.
        var row0 = Vector128.Create(0x61707865u, 0x3320646e, 0x79622d32, 0x6b206574);
        var row1 = Vector128.Create(_key.AsSpan(0, 4));
        var row2 = Vector128.Create(_key.AsSpan(4, 4));
        var row3 = Vector128.Create(
            BinaryPrimitives.ReadUInt32LittleEndian(sample),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sample[12..]));

        var start = row0;
        for (var i = 0; i < 10; i++)
        {
            QuarterRounds(ref row0, ref row1, ref row2, ref row3);
            row1 = Vector128.Shuffle(row1, Vector128.Create(1u, 2, 3, 0));
            row2 = Vector128.Shuffle(row2, Vector128.Create(2u, 3, 0, 1));
            row3 = Vector128.Shuffle(row3, Vector128.Create(3u, 0, 1, 2));
            QuarterRounds(ref row0, ref row1, ref row2, ref row3);
            row1 = Vector128.Shuffle(row1, Vector128.Create(3u, 0, 1, 2));
            row2 = Vector128.Shuffle(row2, Vector128.Create(2u, 3, 0, 1));
            row3 = Vector128.Shuffle(row3, Vector128.Create(1u, 2, 3, 0));
        }

        // The mask ends inside the first row.
        row0 += start;
        BinaryPrimitives.WriteUInt32LittleEndian(mask, row0.ToScalar());
        mask[4] = (byte)(row0.GetElement(1) & 0xff);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_key.AsSpan()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void QuarterRounds(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        a += b;
        d = RotateLeft(d ^ a, 16);
        c += d;
        b = RotateLeft(b ^ c, 12);
        a += b;
        d = RotateLeft(d ^ a, 8);
        c += d;
        b = RotateLeft(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateLeft(Vector128<uint> value, int count) => (value << count) | (value >>> (32 - count));
}
