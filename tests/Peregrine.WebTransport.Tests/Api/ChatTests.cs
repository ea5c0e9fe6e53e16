using System.Collections.Concurrent;

namespace Peregrine.WebTransport.Tests;

/// <summary>The API as an application uses it: a whole chat server in forty lines.</summary>
public sealed class ChatTests
{
    [Fact]
    [Trait("Review", "P3")]
    public async Task A_chat_server_is_forty_lines()
    {
        await using var loopback = await Loopback.StartAsync();
        var running = new ChatServer().RunAsync(loopback.Listener);
        await using var ann = await loopback.ConnectAsync("/chat?name=ann");
        await using var bob = await loopback.ConnectAsync("/chat?name=bob");
        await using var ear = await bob.AcceptUnidirectionalStreamAsync().Soon();
        using var heard = new StreamReader(ear);
        Assert.Equal("welcome", await heard.ReadLineAsync().Soon());
        await using (var mouth = await ann.OpenUnidirectionalStreamAsync().Soon())
            await mouth.WriteAsync("hello\nand goodbye\n"u8.ToArray(), completeWrites: true).Soon();
        Assert.Equal("?name=ann: hello", await heard.ReadLineAsync().Soon());
        Assert.Equal("?name=ann: and goodbye", await heard.ReadLineAsync().Soon());
        await loopback.Listener.CloseAsync(1, "closing time").Soon();
        await running.Soon();
        Assert.Equal("closing time", (await bob.Closed.Soon()).Reason);
    }

    private sealed class ChatServer
    {
        private readonly ConcurrentDictionary<long, Member> _members = new();

        public Task RunAsync(WebTransportListener listener) => listener.RunAsync(ServeAsync);

        private async Task ServeAsync(WebTransportSession session, CancellationToken cancellationToken)
        {
            await using var ear = await session.OpenUnidirectionalStreamAsync(cancellationToken);
            await using var member = new Member(new StreamWriter(ear) { AutoFlush = true });
            _members[session.Id] = member;
            await member.SayAsync("welcome");
            try
            {
                await foreach (var mouth in session.AcceptUnidirectionalStreamsAsync(cancellationToken))
                {
                    using var lines = new StreamReader(mouth);
                    while (await lines.ReadLineAsync(cancellationToken) is { } line)
                        await Task.WhenAll(_members.Values.Select(m => m.SayAsync($"{session.Query}: {line}")));
                }
            }
            finally
            {
                _members.TryRemove(session.Id, out _);
            }
        }

        private sealed class Member(StreamWriter ear) : IAsyncDisposable
        {
            private readonly SemaphoreSlim _turn = new(1, 1);

            public async Task SayAsync(string line)
            {
                await _turn.WaitAsync();
                try
                {
                    await ear.WriteLineAsync(line);
                }
                catch (Exception error) when (error is WebTransportException or ObjectDisposedException)
                {
                    // A member who has left hears no more.
                }
                finally
                {
                    _turn.Release();
                }
            }

            public async ValueTask DisposeAsync()
            {
                try
                {
                    await ear.DisposeAsync();
                }
                catch (WebTransportException)
                {
                    // The session is over.
                }

                _turn.Dispose();
            }
        }
    }
}
