using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>What a request stream needs of the stream below it: a <see cref="QuicStream"/>, or a pair of pipes in tests.</summary>
internal interface IMessageTransport : IDuplexPipe, IDisposable
{
    long Id { get; }

    Task ReadsClosed { get; }

    Task WritesClosed { get; }

    /// <summary>
    /// Writes the last bytes and ends the sending half with them. Nothing unflushed may be in <see cref="IDuplexPipe.Output"/>.
    /// </summary>
    ValueTask WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    void Abort(QuicAbortDirection direction, long errorCode);
}

internal sealed class QuicMessageTransport(QuicStream stream) : IMessageTransport
{
    public long Id => stream.Id;

    public PipeReader Input => stream.Input;

    public PipeWriter Output => stream.Output;

    public Task ReadsClosed => stream.ReadsClosed;

    public Task WritesClosed => stream.WritesClosed;

    public ValueTask WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        stream.WriteAsync(bytes, completeWrites: true, cancellationToken);

    public void Abort(QuicAbortDirection direction, long errorCode) => stream.Abort(direction, errorCode);

    public void Dispose() => stream.Dispose();
}
