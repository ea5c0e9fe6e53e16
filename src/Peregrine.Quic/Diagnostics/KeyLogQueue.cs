using System.Text;

namespace Peregrine.Quic;

/// <summary>Calls the application's key log callback with one line after the other, on the thread pool and never two at once.</summary>
internal sealed class KeyLogQueue(Action<string> callback, Action<Exception> onFailure)
{
    private readonly Queue<string> _lines = new();
    private bool _isRunning;

    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_lines)
        {
            _lines.Enqueue(Encoding.ASCII.GetString(line));
            if (_isRunning)
                return;
            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        while (TryTake(out var line))
        {
            try
            {
                callback(line);
            }
            catch (Exception e)
            {
                onFailure(e);
            }
        }
    }

    private bool TryTake(out string line)
    {
        lock (_lines)
            return _isRunning = _lines.TryDequeue(out line!);
    }
}
