using Peregrine.Wire;

namespace Peregrine.Quic.Tests;

public sealed class DeadlineHeapTests
{
    [Fact]
    public void The_earliest_comes_first_whatever_moves_and_goes()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var heap = new DeadlineHeap();
        var connections = Enumerable.Range(0, 50).Select(_ => new ConnectionDriver(null!, null!, _ => { }, null!, null!)).ToArray();
        var model = new Dictionary<ConnectionDriver, Instant>();
        for (var i = 0; i < 5000; i++)
        {
            var connection = connections[random.Next(connections.Length)];
            if (random.Next(4) == 0)
            {
                heap.Set(connection, Instant.Never);
                model.Remove(connection);
            }
            else
            {
                var due = new Instant(random.Next(1000));
                heap.Set(connection, due);
                model[connection] = due;
            }

            Assert.Equal(model.Count, heap.Count);
            Assert.Equal(model.Count == 0 ? Instant.Never : model.Values.Min(), heap.Earliest);
            if (model.Count > 0)
                Assert.Equal(heap.Earliest, model[heap.First]);
        }
    }
}
