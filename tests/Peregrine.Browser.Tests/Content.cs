using System.Security.Cryptography;

namespace Peregrine.Browser.Tests;

/// <summary>What is sent, and how the two sides compare it: by SHA-256, in hexadecimal.</summary>
internal static class Content
{
    public static string Digest(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
