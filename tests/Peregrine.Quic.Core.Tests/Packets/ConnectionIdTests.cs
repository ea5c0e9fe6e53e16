namespace Peregrine.Quic.Core.Tests;

public sealed class ConnectionIdTests
{
    [Fact]
    public void An_id_is_equal_to_its_copy_and_to_nothing_else()
    {
        for (var length = 0; length <= ConnectionId.MaxLength; length++)
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            var id = ConnectionId.FromSpan(bytes);
            Assert.Equal(length, id.Length);
            Assert.Equal(bytes, id.Span.ToArray());
            Assert.Equal(id, ConnectionId.FromSpan(bytes));
            Assert.Equal(id.GetHashCode(), ConnectionId.FromSpan(bytes).GetHashCode());
            Assert.Equal(Hex.Text(bytes), id.ToString());
            for (var i = 0; i < length; i++)
            {
                bytes[i] ^= 1;
                Assert.True(id != ConnectionId.FromSpan(bytes));
                bytes[i] ^= 1;
            }

            if (length < ConnectionId.MaxLength)
                Assert.NotEqual(id, ConnectionId.FromSpan([.. bytes, 0]));
        }
    }

    [Fact]
    public void Twenty_one_bytes_are_no_id()
    {
        Assert.False(ConnectionId.TryFromSpan(new byte[21], out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionId.FromSpan(new byte[21]));
    }

    [Fact]
    public void The_default_is_the_empty_id()
    {
        Assert.True(default(ConnectionId).IsEmpty);
        Assert.Equal(ConnectionId.Empty, ConnectionId.FromSpan([]));
    }
}
