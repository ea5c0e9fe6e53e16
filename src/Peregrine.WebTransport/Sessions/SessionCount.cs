using System.Diagnostics;

namespace Peregrine.WebTransport;

/// <summary>
/// How many sessions an endpoint has on all its connections: those admitted, which wait for an answer or are not quite over, and those
/// open, which the application has. Any thread may call; it calls nobody.
/// </summary>
internal sealed class SessionCount(int max, EndpointRole role)
{
    private readonly Lock _gate = new();
    private int _admitted;
    private int _open;
    private bool _isStopped;
    private TaskCompletionSource? _none;

    /// <summary>Sessions that are open now.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
                return _open;
        }
    }

    /// <summary>One more, unless there are as many as allowed or no more are wanted.</summary>
    public bool TryAdmit()
    {
        lock (_gate)
        {
            if (_isStopped || _admitted >= max)
                return false;
            _admitted++;
            return true;
        }
    }

    /// <summary>One that was admitted is done with.</summary>
    public void Release()
    {
        lock (_gate)
        {
            Debug.Assert(_admitted > 0);
            _admitted--;
        }
    }

    public void OnOpened()
    {
        WebTransportMetrics.OnSessionOpened(role);
        lock (_gate)
            _open++;
    }

    public void OnEnded()
    {
        TaskCompletionSource? none;
        lock (_gate)
        {
            none = --_open == 0 ? _none : null;
        }

        none?.TrySetResult();
    }

    /// <summary>Admits no more. The task is done when none is open.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _isStopped = true;
            _none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_open == 0)
                _none.TrySetResult();
            return _none.Task;
        }
    }
}
