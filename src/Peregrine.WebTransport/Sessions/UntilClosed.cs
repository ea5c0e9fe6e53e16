using System.Runtime.CompilerServices;

namespace Peregrine.WebTransport;

/// <summary>Makes a sequence of what can be waited for one by one, which ends where the session does.</summary>
internal static class UntilClosed
{
    /// <summary>What <paramref name="next"/> gives, until the session was closed by either side. A lost connection throws.</summary>
    public static async IAsyncEnumerable<T> EnumerateAsync<T>(
        Func<CancellationToken, ValueTask<T>> next, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            T item;
            try
            {
                item = await next(cancellationToken).ConfigureAwait(false);
            }
            catch (WebTransportException error) when (error.Error == WebTransportError.SessionClosed)
            {
                yield break;
            }

            yield return item;
        }
    }
}
