using System.Text;
using System.Threading.Channels;
using Peregrine.WebTransport;

namespace Arena;

/// <summary>
/// The scores go over a stream, since none may be lost. Only the latest board counts, so one waits at most: a slow reader misses boards,
/// and
/// never holds up the game.
/// </summary>
internal sealed class Scoreboard : IAsyncDisposable
{
    private readonly Channel<string> _latest = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _writing;

    public Scoreboard(WebTransportStream stream) => _writing = WriteAsync(stream);

    public void Show(string board) => _latest.Writer.TryWrite(board);

    public async ValueTask DisposeAsync()
    {
        _latest.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync(WebTransportStream stream)
    {
        try
        {
            await using (stream)
            {
                await foreach (var board in _latest.Reader.ReadAllAsync())
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(board + "\n"));
            }
        }
        catch (Exception error) when (error is WebTransportException or ObjectDisposedException)
        {
            // The player has left.
        }
    }
}
