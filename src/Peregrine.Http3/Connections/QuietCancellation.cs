using Microsoft.Extensions.Logging;

namespace Peregrine.Http3;

internal static class QuietCancellation
{
    /// <summary>
    /// Cancels, off the caller's thread. Callbacks registered on our tokens are user code: what they throw is logged and goes no further.
    /// </summary>
    public static async Task CancelQuietlyAsync(this CancellationTokenSource source, ILogger log)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            log.CallbackFailed(exception);
        }
    }
}
