namespace Peregrine.Quic.Core.Tests;

/// <summary>Bytes as the RFCs print them: hexadecimal, with spaces and line breaks anywhere.</summary>
internal static class Hex
{
    public static byte[] Bytes(string text) => Convert.FromHexString(string.Concat(text.Where(c => !char.IsWhiteSpace(c))));

    public static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static ConnectionId Id(string text) => ConnectionId.FromSpan(Bytes(text));
}
