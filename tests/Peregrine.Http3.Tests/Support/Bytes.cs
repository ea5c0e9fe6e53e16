using System.Buffers;
using System.Text;

namespace Peregrine.Http3.Tests;

/// <summary>An encoder of its own, so that the tests do not trust the one under test.</summary>
internal static class Bytes
{
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] VarInt(ulong value)
    {
        var bytes = new byte[value < 64 ? 1 : value < 16384 ? 2 : value < 1 << 30 ? 4 : 8];
        for (var i = bytes.Length - 1; i >= 0; i--, value >>= 8)
            bytes[i] = (byte)(value & 0xff);
        bytes[0] |= bytes.Length switch { 1 => 0, 2 => 0x40, 4 => 0x80, _ => 0xc0 };
        return bytes;
    }

    public static byte[] Frame(ulong type, params byte[] payload) => Join(VarInt(type), VarInt((ulong)payload.Length), payload);

    /// <summary>A frame that declares one length and carries what it likes.</summary>
    public static byte[] FrameDeclaring(ulong type, ulong length, params byte[] payload) => Join(VarInt(type), VarInt(length), payload);

    public static byte[] Data(string text) => Frame(0, Encoding.Latin1.GetBytes(text));

    public static byte[] Headers(params (string Name, string Value)[] fields) => Frame(1, Section(fields));

    /// <summary>A field section of plain literals.</summary>
    public static byte[] Section(params (string Name, string Value)[] fields) =>
        Join([0, 0], Join([.. fields.Select(field => Literal(field.Name, field.Value))]));

    public static byte[] Settings(params (ulong Id, ulong Value)[] settings) => Frame(4, SettingsPayload(settings));

    public static byte[] SettingsPayload(params (ulong Id, ulong Value)[] settings) =>
        Join([.. settings.Select(setting => Join(VarInt(setting.Id), VarInt(setting.Value)))]);

    public static byte[] Capsule(ulong type, params byte[] value) => Frame(type, value);

    public static ReadOnlySequence<byte> Sequence(params byte[][] segments)
    {
        if (segments.Length == 0)
            return ReadOnlySequence<byte>.Empty;
        var first = new Segment(segments[0], 0);
        var last = first;
        foreach (var segment in segments.Skip(1))
            last = last.Append(segment);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>The same bytes, each in a segment of its own.</summary>
    public static ReadOnlySequence<byte> Scattered(byte[] bytes) => Sequence([.. bytes.Select(octet => new[] { octet })]);

    public static (string Name, string Value)[] Get =>
        [(":method", "GET"), (":scheme", "https"), (":authority", "example.test"), (":path", "/")];

    public static HttpFields Fields(params (string Name, string Value)[] fields)
    {
        var section = new HttpFields();
        foreach (var (name, value) in fields)
            section.AddUnchecked(name, value);
        return section;
    }

    private static byte[] Literal(string name, string value) =>
        Join(Prefixed(0x20, 3, name.Length), Encoding.Latin1.GetBytes(name), Prefixed(0, 7, value.Length), Encoding.Latin1.GetBytes(value));

    private static byte[] Prefixed(byte pattern, int bits, int value)
    {
        var mask = (1 << bits) - 1;
        if (value < mask)
            return [(byte)(pattern | value)];
        var bytes = new List<byte> { (byte)(pattern | mask) };
        for (value -= mask; value >= 128; value /= 128)
            bytes.Add((byte)(0x80 | (value % 128)));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
