namespace Peregrine.Bench;

/// <summary>One of the benchmark's tests.</summary>
internal abstract class BenchTest
{
    /// <summary>Its name on the command line and in the results.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Runs it, after a warm-up that is not measured, and adds each part as it is done.
    /// </summary>
    /// <exception cref="InvalidOperationException">The server answered something else than the protocol says.</exception>
    /// <exception cref="WebTransport.WebTransportException">A connection, session or stream failed.</exception>
    public abstract Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken);
}
