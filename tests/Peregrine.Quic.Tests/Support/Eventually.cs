namespace Peregrine.Quic.Tests;

internal static class Eventually
{
    /// <summary>The exception of a task, which must end in one.</summary>
    public static async Task<T> ThrowsAsync<T>(Task task)
        where T : Exception =>
        await Assert.ThrowsAnyAsync<T>(() => task.WaitAsync(QuicPair.Patience));

    public static Task<T> ThrowsAsync<T>(ValueTask task)
        where T : Exception => ThrowsAsync<T>(task.AsTask());

    public static Task<T> ThrowsAsync<T, TResult>(ValueTask<TResult> task)
        where T : Exception => ThrowsAsync<T>(task.AsTask());

    /// <summary>Looks again and again, until it holds; fails with the sentence when it does not in time.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(QuicPair.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"It never came to be that {what}.");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public static Task WithinPatience(this ValueTask task) => task.AsTask().WaitAsync(QuicPair.Patience);

    public static Task<T> WithinPatience<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(QuicPair.Patience);

    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(QuicPair.Patience);
        return all.ToArray();
    }
}
