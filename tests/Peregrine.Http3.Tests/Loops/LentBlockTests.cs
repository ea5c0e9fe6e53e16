using System.Buffers;
using System.Security.Cryptography;

namespace Peregrine.Http3.Tests;

/// <summary>Blocks that a stream lends belong to it again after AdvanceTo, and other bytes may lie in them at once.</summary>
public sealed class LentBlockTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];

    // Frames that end nowhere near a block's border.
    private static readonly byte[] Response = Bytes.Join(
        [Bytes.Headers((":status", "200")), .. Content.Chunk(1777).Select(chunk => Bytes.Frame(0, chunk)), Bytes.Headers(("t", "1"))]);

    [Theory]
    [Trait("Review", "D14")]
    [InlineData(64 * 1024)]
    [InlineData(1000)]
    [InlineData(1)]
    public async Task A_response_read_through_an_http_client_is_byte_exact_though_its_blocks_are_reused_at_once(int bufferSize)
    {
        await using var pair = await Http3Pair.ConnectAsync();
        var transport = new ScriptedTransport(new RecyclingPipeReader(Response, 700));
        await using var exchange = new Http3ClientRequest(
            pair.Client, transport, new Http3Request { Method = "GET", Authority = "a.test", EndsStream = true });
        await exchange.GetResponseAsync().WithinPatience();
        using var message = new HttpResponseMessage();
        await using var stream = new ResponseContentStream(exchange, message.TrailingHeaders);
        var received = new List<byte>();
        var buffer = new byte[bufferSize];
        int count;
        while ((count = await stream.ReadAsync(buffer).WithinPatience()) != 0)
        {
            Assert.InRange(count, 1, bufferSize);
            received.AddRange(buffer.AsSpan(0, count));
        }

        Assert.Equal(Convert.ToHexString(Content), Convert.ToHexString([.. received]));
        Assert.Equal("1", string.Join(",", message.TrailingHeaders.GetValues("t")));
    }

    // Every way a consumer can leave bytes behind: none, some, all, and examined or not.
    [Theory]
    [Trait("Review", "D14")]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(900, true)]
    [InlineData(900, false)]
    [InlineData(5000, true)]
    [InlineData(int.MaxValue, true)]
    public async Task A_message_reader_keeps_no_block_it_has_given_back(int most, bool examinesAll)
    {
        var owner = new MessagePipe(MessageRole.Response);
        var reader = new MessageReader(new RecyclingPipeReader(Response, 700, 3000), MessageRole.Response, owner.Limits, owner);
        var head = ResponseHead.Parse(await reader.ReadHeadAsync(default));
        reader.OnResponseHead(head, new Http3Request { Method = "GET", Authority = "a.test" });
        var received = new List<byte>();
        while (true)
        {
            var result = await reader.ReadAsync().WithinPatience();
            var isWaiting = most == 0 && !result.IsCompleted;
            var taken = result.Buffer.Slice(0, isWaiting ? 0 : Math.Min(most == 0 ? long.MaxValue : most, result.Buffer.Length));
            received.AddRange(taken.ToArray());
            var isWhole = taken.Length == result.Buffer.Length;
            var isLast = result.IsCompleted && isWhole;
            reader.AdvanceTo(taken.End, examinesAll ? result.Buffer.End : taken.End);
            if (isLast)
                break;
        }

        Assert.Equal(Convert.ToHexString(Content), Convert.ToHexString([.. received]));
    }

    [Fact]
    [Trait("Review", "D14")]
    public async Task A_capsule_keeps_no_block_it_has_given_back()
    {
        var capsules = Enumerable.Range(1, 20).Select(i => Content[..(i * 90)]).ToArray();
        var bytes = Bytes.Join([.. capsules.Select(value => Bytes.Join(Bytes.Capsule(0x21, value), Bytes.Capsule(0x1234, value)))]);
        using var reader = new CapsuleReader(
            new RecyclingPipeReader(bytes, 64, 500), new MessagePipe(), new Dictionary<ulong, int> { [0x1234] = 4000 });
        foreach (var value in capsules)
            Assert.Equal(value, (await reader.ReadAsync().WithinPatience())!.Value.Value.ToArray());
        Assert.Null(await reader.ReadAsync().WithinPatience());
    }

    // Real sockets, several large bodies at once on one connection, round after round.
    [Fact]
    [Trait("Review", "D14")]
    public async Task Bodies_of_5_MB_are_byte_exact_several_at_once()
    {
        var body = new byte[5_000_000];
        new Random(14).NextBytes(body);
        var expected = Convert.ToHexString(SHA256.HashData(body));
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Output.WriteAsync(body);
            await request.Output.CompleteAsync();
        });
        using var client = server.CreateClient();
        for (var round = 0; round < 5; round++)
        {
            var hashes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
            {
                using var response = await client.GetAsync(server.Uri($"/{i}"), HttpCompletionOption.ResponseHeadersRead);
                await using var stream = await response.Content.ReadAsStreamAsync();
                return await HashAsync(stream);
            })).WithinPatience();
            Assert.All(hashes, hash => Assert.Equal(expected, hash));
        }
    }

    private static async Task<string> HashAsync(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var count = await stream.ReadAsync(buffer);
            Assert.InRange(count, 0, buffer.Length);
            if (count == 0)
                return Convert.ToHexString(hash.GetHashAndReset());
            hash.AppendData(buffer, 0, count);
        }
    }
}
