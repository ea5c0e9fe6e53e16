namespace Peregrine.Wire.Tests;

public sealed class SpanWriterTests
{
    [Fact]
    public void Fields_are_written_one_after_another()
    {
        var bytes = new byte[40];
        bytes.AsSpan().Fill(0xff);
        var writer = new SpanWriter(bytes);
        writer.WriteByte(0x01);
        writer.WriteVarInt(15293);
        writer.WriteVarInt(37, 2);
        writer.WriteUInt16(0x1234);
        writer.WriteUInt24(0xabcdef);
        writer.WriteUInt32(5);
        writer.WriteUInt64(6);
        writer.WriteVarIntPrefixed([0xaa, 0xbb]);
        writer.WriteZeros(2);
        writer.Free[0] = 0x77;
        writer.Advance(1);

        Assert.Equal("017bbd40251234abcdef00000005000000000000000602aabb000077", Convert.ToHexStringLower(writer.Written));
        Assert.Equal(28, writer.Position);
        Assert.Equal(12, writer.Remaining);
        Assert.Equal(0xff, bytes[28]);

        writer.Rewind(3);
        Assert.Equal("017bbd", Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void Running_out_of_room_throws()
    {
        Assert.Throws<IndexOutOfRangeException>(() => Write(0, (ref SpanWriter w) => w.WriteByte(1)));
        Assert.ThrowsAny<ArgumentException>(() => Write(7, (ref SpanWriter w) => w.WriteUInt64(1)));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.WriteBytes([1, 2, 3])));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.WriteZeros(3)));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.Advance(3)));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.Advance(-1)));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.Rewind(1)));
        Assert.ThrowsAny<ArgumentException>(() => Write(2, (ref SpanWriter w) => w.Rewind(-1)));
    }

    private delegate void Writing(ref SpanWriter writer);

    private static void Write(int room, Writing writing)
    {
        var writer = new SpanWriter(new byte[room]);
        writing(ref writer);
    }
}
