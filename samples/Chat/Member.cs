using System.Text;
using System.Threading.Channels;
using Peregrine.WebTransport;

namespace Chat;

/// <summary>
/// One member's ear. What is said waits in a queue of its own, so that nobody waits for somebody's slow network; one who falls too far
/// behind is
/// cut off rather than kept in memory.
/// </summary>
internal sealed class Member : IAsyncDisposable
{
    private const int MostLinesWaiting = 256;

    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(MostLinesWaiting);
    private readonly WebTransportStream _stream;
    private readonly Task _writing;

    public Member(string name, WebTransportStream stream)
    {
        Name = name;
        _stream = stream;
        _writing = WriteAsync();
    }

    public string Name { get; }

    /// <summary>Returns at once.</summary>
    public void Hear(string line)
    {
        if (!_waiting.Writer.TryWrite(line))
            _stream.Abort(WebTransportAbortDirection.Both, 1);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var line in _waiting.Reader.ReadAllAsync())
                await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception error) when (error is WebTransportException or ObjectDisposedException)
        {
            // Gone, or too slow. The reader of this stream hears of it, too.
        }
    }
}
