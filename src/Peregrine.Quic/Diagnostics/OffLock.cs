namespace Peregrine.Quic;

/// <summary>
/// Runs what belongs to the application, a logger or a metric's listener, on the thread pool: never under a connection's lock, and never on
/// the loop. What it throws is its own affair.
/// </summary>
internal static class OffLock
{
    public static void Run<T>(Action<T> action, T state) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static work =>
            {
                try
                {
                    work.Action(work.State);
                }
                catch (Exception)
                {
                    // A logger that fails has nobody to tell.
                }
            },
            (Action: action, State: state),
            preferLocal: false);
}
