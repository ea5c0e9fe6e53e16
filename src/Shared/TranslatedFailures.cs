using System.Runtime.CompilerServices;
using Peregrine.Quic;

namespace Peregrine;

/// <summary>Says what a failure of QUIC means in the terms of a layer above it.</summary>
internal interface IFailureTranslator
{
    Exception Translate(QuicException error);
}

/// <summary>
/// An operation of the layer below whose <see cref="QuicException"/> becomes this layer's own. Operations of QUIC report it in their task,
/// never by throwing from the call, so this is the only place where it surfaces. Nothing is allocated for an operation that is done.
/// </summary>
internal static class TranslatedFailures
{
    public static ValueTask<T> Translated<T>(this ValueTask<T> operation, IFailureTranslator translator)
    {
        return operation.IsCompletedSuccessfully ? operation : AwaitAsync(operation, translator);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        static async ValueTask<T> AwaitAsync(ValueTask<T> pending, IFailureTranslator translator)
        {
            try
            {
                return await pending.ConfigureAwait(false);
            }
            catch (QuicException error)
            {
                throw translator.Translate(error);
            }
        }
    }

    public static ValueTask Translated(this ValueTask operation, IFailureTranslator translator)
    {
        return operation.IsCompletedSuccessfully ? operation : AwaitAsync(operation, translator);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        static async ValueTask AwaitAsync(ValueTask pending, IFailureTranslator translator)
        {
            try
            {
                await pending.ConfigureAwait(false);
            }
            catch (QuicException error)
            {
                throw translator.Translate(error);
            }
        }
    }

    /// <summary>For a task that many may await, or nobody: its failure then is no unobserved exception.</summary>
    public static Task Translated(this Task operation, IFailureTranslator translator)
    {
        var translated = AwaitAsync(operation, translator);
        _ = translated.ContinueWith(
            static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return translated;

        static async Task AwaitAsync(Task pending, IFailureTranslator translator)
        {
            try
            {
                await pending.ConfigureAwait(false);
            }
            catch (QuicException error)
            {
                throw translator.Translate(error);
            }
        }
    }
}
