using System.Diagnostics.CodeAnalysis;

namespace Peregrine.Quic.Tests;

public sealed class WaitQueueTests
{
    private readonly Lock _gate = new();

    [Fact]
    public async Task A_pulse_ends_every_wait_and_a_later_wait_needs_another()
    {
        var queue = new WaitQueue(_gate);
        var (first, second) = (Wait(queue), Wait(queue));
        Assert.False(first.IsCompleted || second.IsCompleted);
        Pulse(queue);
        await Task.WhenAll(first, second).WaitAsync(QuicPair.Patience);
        var third = Wait(queue);
        Assert.False(third.IsCompleted);
        Pulse(queue);
        await third.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_others_alone()
    {
        var queue = new WaitQueue(_gate);
        using var cancellation = new CancellationTokenSource();
        var before = Wait(queue);
        var cancelled = Wait(queue, cancellation.Token);
        var after = Wait(queue);
        await cancellation.CancelAsync();
        var failure = await Eventually.ThrowsAsync<OperationCanceledException>(cancelled);
        Assert.Equal(cancellation.Token, failure.CancellationToken);
        Assert.False(before.IsCompleted || after.IsCompleted);
        Pulse(queue);
        await Task.WhenAll(before, after).WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_ends_the_wait_at_once()
    {
        await Eventually.ThrowsAsync<OperationCanceledException>(Wait(new WaitQueue(_gate), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Waiting_allocates_nothing_once_it_is_warm()
    {
        var queue = new WaitQueue(_gate);
        for (var i = 0; i < 100; i++)
            WaitOnce(queue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            WaitOnce(queue);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Cancellation_and_pulses_at_the_same_time_complete_each_wait_once()
    {
        var queue = new WaitQueue(_gate);
        for (var i = 0; i < 2000; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var waiting = Wait(queue, cancellation.Token);
            var pulsing = Task.Run(() => Pulse(queue));
            await cancellation.CancelAsync();
            await pulsing;
            try
            {
                await waiting.WaitAsync(QuicPair.Patience);
            }
            catch (OperationCanceledException)
            {
                // Either way of ending is right.
            }
        }
    }

    [SuppressMessage(
        "Reliability", "CA2012", Justification = "The wait is over when its result is taken, and an async method would allocate.")]
    private void WaitOnce(WaitQueue queue)
    {
        lock (_gate)
        {
            var wait = queue.WaitAsync(default).GetAwaiter();
            queue.Pulse();
            Assert.True(wait.IsCompleted);
            wait.GetResult();
        }
    }

    private Task Wait(WaitQueue queue, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return queue.WaitAsync(cancellationToken).AsTask();
    }

    private void Pulse(WaitQueue queue)
    {
        lock (_gate)
            queue.Pulse();
    }
}
