using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class FrameFuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(9000)]
    public void Mutated_payloads_are_read_to_an_end_without_an_exception(int seed)
    {
        var random = new Random(seed);
        var frames = FrameCase.All.Select(c => c.Bytes).ToArray();
        var payload = new byte[512];
        var rewritten = new byte[1024];
        for (var i = 0; i < 100_000; i++)
        {
            var length = Compose(random, frames, payload);
            Mutate(random, payload.AsSpan(0, length));

            var reader = new SpanReader(payload.AsSpan(0, length));
            var position = 0;
            while (!reader.IsAtEnd && AnyFrame.TryRead(ref reader, rewritten, out var written, out _))
            {
                Assert.True(reader.Position > position);

                // What was read can be longer than what we write, never shorter.
                Assert.True(written <= reader.Position - position);
                position = reader.Position;
            }
        }
    }

    private static int Compose(Random random, byte[][] frames, byte[] payload)
    {
        var length = 0;
        for (var count = random.Next(1, 6); count > 0; count--)
        {
            var frame = frames[random.Next(frames.Length)];
            frame.CopyTo(payload, length);
            length += frame.Length;
        }

        return length;
    }

    private static void Mutate(Random random, Span<byte> bytes)
    {
        for (var count = random.Next(0, 4); count > 0; count--)
        {
            var at = random.Next(bytes.Length);
            bytes[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                _ => (byte)(random.Next(4) * 64),
            };
        }
    }
}
