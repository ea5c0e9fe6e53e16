using Microsoft.Extensions.Logging;

namespace Peregrine.WebTransport;

/// <summary>Sees to it that no background task fails unheard, and that none takes the process with it.</summary>
internal static class BackgroundFailures
{
    public static async Task ObserveAsync(Task task, ILogger log)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What an application's callback throws can be anything; it is logged and harms nobody else.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log.BackgroundFailed(error);
        }
    }
}
