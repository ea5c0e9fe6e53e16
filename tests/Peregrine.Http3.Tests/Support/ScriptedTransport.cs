using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>A request stream on which the peer says what the test gives, and what is sent is collected.</summary>
internal sealed class ScriptedTransport(PipeReader input, long id = 0) : IMessageTransport
{
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));

    public long Id => id;

    public PipeReader Input => input;

    public PipeWriter Output => _output.Writer;

    public Task ReadsClosed { get; } = Task.CompletedTask;

    public Task WritesClosed { get; } = Task.CompletedTask;

    public async ValueTask WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _output.Writer.WriteAsync(bytes, cancellationToken);
        await _output.Writer.CompleteAsync();
    }

    public void Abort(QuicAbortDirection direction, long errorCode)
    {
    }

    public void Dispose()
    {
    }
}
