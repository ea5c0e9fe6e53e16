using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>What a request stream needs of the stream below it: a <see cref="QuicStream"/>, or a pair of pipes in tests.</summary>
internal interface IMessageTransport : IDuplexPipe, IDisposable
{
    long Id { get; }

    Task ReadsClosed { get; }

    Task WritesClosed { get; }

    void Abort(QuicAbortDirection direction, long errorCode);
}

internal sealed class QuicMessageTransport(QuicStream stream) : IMessageTransport
{
    public long Id => stream.Id;

    public PipeReader Input => stream.Input;

    public PipeWriter Output => stream.Output;

    public Task ReadsClosed => stream.ReadsClosed;

    public Task WritesClosed => stream.WritesClosed;

    public void Abort(QuicAbortDirection direction, long errorCode) => stream.Abort(direction, errorCode);

    public void Dispose() => stream.Dispose();
}
