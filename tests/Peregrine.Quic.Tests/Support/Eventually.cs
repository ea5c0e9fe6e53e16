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

    public static Task WithinPatience(this ValueTask task) => task.AsTask().WaitAsync(QuicPair.Patience);

    public static Task<T> WithinPatience<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(QuicPair.Patience);

    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(QuicPair.Patience);
        return all.ToArray();
    }
}
