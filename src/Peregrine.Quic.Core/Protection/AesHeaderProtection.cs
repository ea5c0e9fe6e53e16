using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Peregrine.Quic.Core;

/// <summary>
/// AES header protection (RFC 9001 §5.4.3) by the BCL, for machines without AES instructions. It owns one reused transform.
/// </summary>
internal sealed class AesHeaderProtection : IHeaderProtection
{
    private readonly ICryptoTransform _encryptor;
    private readonly byte[] _input = new byte[IHeaderProtection.SampleLength];
    private readonly byte[] _output = new byte[IHeaderProtection.SampleLength];

    [SuppressMessage("Security", "CA5358", Justification = "RFC 9001 §5.4.3 asks for one block of AES-ECB.")]
    public AesHeaderProtection(ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        var copy = key.ToArray();
        _encryptor = aes.CreateEncryptor(copy, rgbIV: null);
        CryptographicOperations.ZeroMemory(copy);
    }

    public void Mask(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        sample[..IHeaderProtection.SampleLength].CopyTo(_input);
        _encryptor.TransformBlock(_input, 0, _input.Length, _output, 0);
        _output.AsSpan(0, IHeaderProtection.MaskLength).CopyTo(mask);
    }

    public void Dispose() => _encryptor.Dispose();
}
