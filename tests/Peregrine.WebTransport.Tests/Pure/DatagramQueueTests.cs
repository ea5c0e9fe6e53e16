namespace Peregrine.WebTransport.Tests;

public sealed class DatagramQueueTests
{
    [Fact]
    public void Datagrams_come_out_as_they_went_in_while_the_ring_grows_and_wraps()
    {
        var queue = new DatagramQueue(64, 8192);
        var model = new Queue<byte[]>();
        var random = new Random(4711);
        var buffer = new byte[8192];
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var datagram = new byte[random.Next(0, 300)];
                random.NextBytes(datagram);
                queue.Enqueue(datagram);
                model.Enqueue(datagram);
                while (model.Count > 64 || model.Sum(d => d.Length) > 8192)
                    model.Dequeue();
            }
            else if (model.TryDequeue(out var expected))
            {
                Assert.Equal(expected.Length, queue.NextLength);
                var length = queue.Dequeue(buffer);
                Assert.Equal(expected, buffer[..length]);
            }

            Assert.Equal(model.Count, queue.Count);
        }

        Assert.True(queue.Dropped > 0);
    }

    [Fact]
    public void The_oldest_make_room_by_count_and_by_bytes_and_are_counted()
    {
        var queue = new DatagramQueue(3, 2048);
        for (byte i = 1; i <= 5; i++)
            queue.Enqueue([i]);
        Assert.Equal(3, queue.Count);
        Assert.Equal(2, queue.Dropped);

        var buffer = new byte[2048];
        queue.Enqueue(new byte[2047]);
        Assert.Equal(2, queue.Count);
        Assert.Equal(4, queue.Dropped);
        Assert.Equal(1, queue.Dequeue(buffer));
        Assert.Equal(5, buffer[0]);
        Assert.Equal(2047, queue.Dequeue(buffer));
    }

    [Fact]
    public void A_datagram_larger_than_the_whole_queue_is_dropped_and_harms_no_other()
    {
        var queue = new DatagramQueue(3, 2048);
        queue.Enqueue([1]);
        queue.Enqueue(new byte[2049]);

        Assert.Equal(1, queue.Count);
        Assert.Equal(1, queue.Dropped);
    }

    [Fact]
    public async Task A_waiting_receive_gets_the_next_datagram()
    {
        var receiver = new DatagramReceiver(4, 2048);
        var buffer = new byte[10];
        var pending = receiver.ReceiveAsync(buffer, default);
        Assert.False(pending.IsCompleted);
        receiver.OnDatagram("hello"u8);

        Assert.Equal(5, await pending);
        Assert.Equal("hello"u8.ToArray(), buffer[..5]);
    }

    [Fact]
    public async Task Several_waiting_receives_are_served_in_order()
    {
        var receiver = new DatagramReceiver(4, 2048);
        byte[] first = new byte[1], second = new byte[1];
        var a = receiver.ReceiveAsync(first, default);
        var b = receiver.ReceiveAsync(second, default);
        receiver.OnDatagram([1]);
        receiver.OnDatagram([2]);
        await a;
        await b;

        Assert.Equal(1, first[0]);
        Assert.Equal(2, second[0]);
    }

    [Fact]
    public async Task A_hundred_waiting_receives_are_served_in_order_whatever_is_cancelled_among_them()
    {
        var receiver = new DatagramReceiver(4, 2048);
        using var cancel = new CancellationTokenSource();
        var buffers = Enumerable.Range(0, 100).Select(static _ => new byte[1]).ToArray();
        var waiting = buffers.Select((buffer, i) => receiver.ReceiveAsync(buffer, i % 3 == 0 ? cancel.Token : default).AsTask()).ToArray();
        await cancel.CancelAsync();
        byte number = 0;
        for (var i = 0; i < waiting.Length; i++)
        {
            if (i % 3 == 0)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[i]);
                continue;
            }

            receiver.OnDatagram([++number]);
            Assert.Equal(1, await waiting[i].WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(number, buffers[i][0]);
        }
    }

    [Fact]
    public async Task A_cancelled_receive_loses_nothing()
    {
        var receiver = new DatagramReceiver(4, 2048);
        using var cancel = new CancellationTokenSource();
        var waiting = receiver.ReceiveAsync(new byte[1], default).AsTask();
        var cancelled = receiver.ReceiveAsync(new byte[1], cancel.Token).AsTask();
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(cancel.Token, error.CancellationToken);

        receiver.OnDatagram([1]);
        receiver.OnDatagram([2]);
        Assert.Equal(1, await waiting);
        var buffer = new byte[1];
        Assert.Equal(1, await receiver.ReceiveAsync(buffer, default));
        Assert.Equal(2, buffer[0]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await receiver.ReceiveAsync(buffer, cancel.Token));
    }

    [Fact]
    public async Task A_buffer_too_small_says_so_and_leaves_the_datagram()
    {
        var receiver = new DatagramReceiver(4, 2048);
        var waiting = receiver.ReceiveAsync(new byte[1], default).AsTask();
        receiver.OnDatagram([1, 2, 3]);
        await Assert.ThrowsAsync<ArgumentException>(() => waiting);
        await Assert.ThrowsAsync<ArgumentException>(async () => await receiver.ReceiveAsync(new byte[2], default));

        Assert.Equal(3, await receiver.ReceiveAsync(new byte[3], default));
    }

    [Fact]
    public async Task The_end_fails_waiting_receives_and_leaves_what_is_queued()
    {
        var receiver = new DatagramReceiver(4, 2048);
        var waiting = receiver.ReceiveAsync(new byte[1], default).AsTask();
        receiver.OnDatagram([1]);
        Assert.Equal(1, await waiting);
        receiver.OnDatagram([2]);
        receiver.End(() => new WebTransportException("over"));
        receiver.OnDatagram([3]);

        Assert.Equal(1, await receiver.ReceiveAsync(new byte[1], default));
        await Assert.ThrowsAsync<WebTransportException>(async () => await receiver.ReceiveAsync(new byte[1], default));
    }

    [Fact]
    public void Receiving_allocates_nothing_once_it_runs()
    {
        var receiver = new DatagramReceiver(16, 64 * 1024);
        ReceiveOnThisThread(receiver);
        Assert.Equal(0, ReceiveOnThisThread(receiver));
    }

    // An await might go on in another thread, whose allocations are others'; hence the results are looked at without one.
#pragma warning disable CA2012
    private static long ReceiveOnThisThread(DatagramReceiver receiver)
    {
        var buffer = new byte[1200];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            receiver.OnDatagram(buffer);
            if (receiver.ReceiveAsync(buffer, default) is not { IsCompletedSuccessfully: true, Result: 1200 })
                return -1;
            var waiting = receiver.ReceiveAsync(buffer, default);
            receiver.OnDatagram(buffer);
            while (!waiting.IsCompleted)
                Thread.Yield();
            _ = waiting.Result;
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
#pragma warning restore CA2012
}
