using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Peregrine.Quic.Core;

/// <summary>
/// AES header protection (RFC 9001 §5.4.3) by the processor's AES instructions: one block, 128 or 256 bit keys. It owns the expanded key
/// and wipes it when disposed. Tests hold it against the BCL's AES.
/// </summary>
internal sealed class AesNiHeaderProtection : IHeaderProtection
{
    private readonly Vector128<byte>[] _roundKeys;

    public AesNiHeaderProtection(ReadOnlySpan<byte> key) => _roundKeys = ExpandKey(key);

    public static bool IsSupported => X86Aes.IsSupported && BitConverter.IsLittleEndian;

    public void Mask(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        var keys = _roundKeys;
        var state = Vector128.Create(sample[..IHeaderProtection.SampleLength]) ^ keys[0];
        for (var round = 1; round < keys.Length - 1; round++)
            state = X86Aes.Encrypt(state, keys[round]);
        state = X86Aes.EncryptLast(state, keys[^1]);

        BinaryPrimitives.WriteUInt32LittleEndian(mask, state.AsUInt32().ToScalar());
        mask[4] = state.GetElement(4);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_roundKeys.AsSpan()));

    /// <summary>FIPS 197 §5.2, a word at a time; words are little-endian here.</summary>
    private static Vector128<byte>[] ExpandKey(ReadOnlySpan<byte> key)
    {
        var keyWords = key.Length / sizeof(uint);
        var roundKeys = new Vector128<byte>[keyWords + 7];
        var words = MemoryMarshal.Cast<Vector128<byte>, uint>(roundKeys.AsSpan());
        MemoryMarshal.Cast<byte, uint>(key).CopyTo(words);

        uint roundConstant = 1;
        for (var i = keyWords; i < words.Length; i++)
        {
            var word = words[i - 1];
            if (i % keyWords == 0)
            {
                word = BitOperations.RotateRight(SubstituteWord(word), 8) ^ roundConstant;
                roundConstant = (roundConstant << 1) ^ ((roundConstant >> 7) * 0x11b);
            }
            else if (keyWords > 6 && i % keyWords == 4)
            {
                word = SubstituteWord(word);
            }

            words[i] = words[i - keyWords] ^ word;
        }

        return roundKeys;
    }

    /// <summary>The S-box on each byte of a word: the lowest word that AESKEYGENASSIST gives for a round constant of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint SubstituteWord(uint word) => X86Aes.KeygenAssist(Vector128.Create(word).AsByte(), 0).AsUInt32().ToScalar();
}
