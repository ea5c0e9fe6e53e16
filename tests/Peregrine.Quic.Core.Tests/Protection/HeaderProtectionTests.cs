using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Peregrine.Tls;

namespace Peregrine.Quic.Core.Tests;

public sealed class HeaderProtectionTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Both_AES_ways_agree_with_the_BCL_on_random_keys_and_samples(int keyLength)
    {
        var random = new Random(keyLength);
        var key = new byte[keyLength];
        var sample = new byte[16];
        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        for (var i = 0; i < 500; i++)
        {
            random.NextBytes(key);
            random.NextBytes(sample);
            using var aes = Aes.Create();
            aes.Key = key;
            var expected = aes.EncryptEcb(sample, PaddingMode.None)[..IHeaderProtection.MaskLength];

            using var portable = new AesHeaderProtection(key);
            portable.Mask(sample, mask);
            Assert.Equal(expected, mask.ToArray());
            portable.Mask(sample, mask);
            Assert.Equal(expected, mask.ToArray());

            if (!AesNiHeaderProtection.IsSupported)
                continue;
            using var hardware = new AesNiHeaderProtection(key);
            hardware.Mask(sample, mask);
            Assert.Equal(expected, mask.ToArray());
        }
    }

    // FIPS 197 Appendix C.1 and C.3
    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e0f", "69c4e0d86a")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca51")]
    public void AES_gives_the_standards_example(string key, string expected)
    {
        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        using IHeaderProtection protection = AesNiHeaderProtection.IsSupported
            ? new AesNiHeaderProtection(Hex.Bytes(key))
            : new AesHeaderProtection(Hex.Bytes(key));
        protection.Mask(Hex.Bytes("00112233445566778899aabbccddeeff"), mask);
        Assert.Equal(expected, Hex.Text(mask));
    }

    // RFC 8439 §2.3.2: counter 1 and the nonce 00 00 00 09 00 00 00 4a 00 00 00 00 make the sample.
    [Fact]
    public void ChaCha20_gives_the_block_of_RFC_8439()
    {
        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        using var protection = new ChaCha20HeaderProtection(Hex.Bytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
        protection.Mask(Hex.Bytes("01000000 000000090000004a00000000"), mask);
        Assert.Equal("10f1e7e4d1", Hex.Text(mask));
    }

    // Robustness T11: nothing special happens where the counter is at its end.
    [Fact]
    public void ChaCha20_agrees_with_a_plain_one_on_random_samples_and_at_the_counters_end()
    {
        var random = new Random(8439);
        var key = new byte[32];
        var sample = new byte[16];
        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        for (var i = 0; i < 500; i++)
        {
            random.NextBytes(key);
            random.NextBytes(sample);
            if (i % 2 == 0)
                sample.AsSpan(0, 4).Fill(0xff);

            using var protection = new ChaCha20HeaderProtection(key);
            protection.Mask(sample, mask);
            Assert.Equal(Hex.Text(PlainChaCha20(key, sample).AsSpan(0, IHeaderProtection.MaskLength)), Hex.Text(mask));
        }
    }

    [Fact]
    public void Masks_allocate_nothing()
    {
        var sample = new byte[16];
        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        IHeaderProtection[] ways =
        [
            new AesHeaderProtection(new byte[16]),
            new ChaCha20HeaderProtection(new byte[32]),
            HeaderProtection.Create(CipherSuite.Aes128GcmSha256, new byte[16]),
        ];
        foreach (var way in ways)
        {
            way.Mask(sample, mask);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                way.Mask(sample, mask);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            way.Dispose();
        }
    }

    /// <summary>RFC 8439 §2.3.1, word by word.</summary>
    private static byte[] PlainChaCha20(byte[] key, byte[] counterAndNonce)
    {
        var start = new uint[16];
        byte[] initial = [.. "expand 32-byte k"u8, .. key, .. counterAndNonce];
        for (var i = 0; i < 16; i++)
            start[i] = BinaryPrimitives.ReadUInt32LittleEndian(initial.AsSpan(i * 4));

        var state = (uint[])start.Clone();
        for (var i = 0; i < 10; i++)
        {
            Quarter(state, 0, 4, 8, 12);
            Quarter(state, 1, 5, 9, 13);
            Quarter(state, 2, 6, 10, 14);
            Quarter(state, 3, 7, 11, 15);
            Quarter(state, 0, 5, 10, 15);
            Quarter(state, 1, 6, 11, 12);
            Quarter(state, 2, 7, 8, 13);
            Quarter(state, 3, 4, 9, 14);
        }

        var block = new byte[64];
        for (var i = 0; i < 16; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(i * 4), unchecked(state[i] + start[i]));
        return block;
    }

    private static void Quarter(uint[] s, int a, int b, int c, int d)
    {
        unchecked
        {
            s[a] += s[b];
            s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 16);
            s[c] += s[d];
            s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 12);
            s[a] += s[b];
            s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 8);
            s[c] += s[d];
            s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 7);
        }
    }
}
