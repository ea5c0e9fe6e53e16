using System.Diagnostics.CodeAnalysis;

namespace Peregrine.Http3;

/// <summary>
/// Lets others wait until the loop that accepts streams has given out all that had arrived when they asked. The loop says when an accept
/// begins, and when that accept found nothing. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing to dispose.")]
internal sealed class ArrivalBarrier
{
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _asking = [];
    private readonly List<TaskCompletionSource> _due = [];
    private CancellationTokenSource _interrupt = new();
    private bool _isOver;

    /// <summary>Done when the loop has given out all that arrived before this call, or is over.</summary>
    public Task PassAsync()
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenSource interrupt;
        lock (_gate)
        {
            if (_isOver)
                return Task.CompletedTask;
            _asking.Add(passed);
            (interrupt, _interrupt) = (_interrupt, new CancellationTokenSource());
        }

        // The accept under way may have got a stream that is not given out yet: only one that begins from here on tells that none is left.
        interrupt.Cancel();
        return passed.Task;
    }

    /// <summary>An accept begins; it is to be cancelled by what is returned.</summary>
    public CancellationToken OnAccepting()
    {
        lock (_gate)
        {
            _due.AddRange(_asking);
            _asking.Clear();
            return _interrupt.Token;
        }
    }

    /// <summary>The accept that began last found nothing.</summary>
    public void OnIdle()
    {
        lock (_gate)
        {
            foreach (var passed in _due)
                passed.TrySetResult();
            _due.Clear();
        }
    }

    /// <summary>The loop has ended.</summary>
    public void OnOver()
    {
        lock (_gate)
        {
            _isOver = true;
            _due.AddRange(_asking);
            _asking.Clear();
        }

        OnIdle();
    }
}
