using System.IO.Pipelines;

namespace Peregrine.Http3;

/// <summary>
/// Reads the capsules of a CONNECT stream (RFC 9297 §3.2), whichever way they are cut into DATA frames. It hands out the types registered
/// in <see cref="Http3Extensions"/>, gives datagrams in capsules to whoever takes the request's datagrams (RFC 9297 §3.5), and skips all
/// others without keeping their bytes. One read at a time. It owns the bytes of one
/// capsule.
/// </summary>
public sealed class CapsuleReader : IDisposable
{
    private readonly PipeReader _input;
    private readonly IMessageOwner _owner;
    private readonly CapsuleParser _parser;
    private readonly Http3DatagramReceiver? _datagrams;

    /// <summary>Reads the capsules of a request stream.</summary>
    public CapsuleReader(Http3RequestStream stream)
        : this(stream?.Input!, stream!, stream?.Connection.Extensions.Capsules ?? throw new ArgumentNullException(nameof(stream)))
    {
        if (!stream.Connection.Extensions.Capsules.ContainsKey(CapsuleParser.DatagramType))
            _datagrams = payload => stream.Connection.DeliverDatagram(stream.StreamId, payload);
    }

    internal CapsuleReader(PipeReader input, IMessageOwner owner, IReadOnlyDictionary<ulong, int> types)
    {
        _input = input;
        _owner = owner;
        _parser = new CapsuleParser(types);
    }

    /// <summary>The next capsule of a registered type, or null when the peer ended the stream after a whole capsule.</summary>
    /// <exception cref="Http3Exception">A capsule was too long or cut short; the stream has been reset with H3_MESSAGE_ERROR.</exception>
    /// <exception cref="Peregrine.Quic.QuicException">The stream was reset, or the connection has ended.</exception>
    public async ValueTask<Capsule?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryTake(result, out var capsule))
                return capsule;
            if (result.IsCompleted)
                return null;
            if (result.IsCanceled)
                throw new OperationCanceledException("The read was cancelled.");
        }
    }

    /// <summary>Gives the reader's bytes back. The stream stays as it is.</summary>
    public void Dispose() => _parser.Dispose();

    private bool TryTake(in ReadResult result, out Capsule capsule)
    {
        var buffer = result.Buffer;
        try
        {
            var isWhole = _parser.TryRead(ref buffer, out capsule);
            while (isWhole && capsule.Type == CapsuleParser.DatagramType && _datagrams is not null)
            {
                _datagrams(capsule.Value.Span);
                isWhole = _parser.TryRead(ref buffer, out capsule);
            }

            if (!isWhole && result.IsCompleted)
                _parser.End();
            _input.AdvanceTo(buffer.Start, isWhole ? buffer.Start : buffer.End);
            return isWhole;
        }
        catch (Http3Exception error)
        {
            _input.AdvanceTo(result.Buffer.End);
            _owner.OnProtocolError(error);
            throw;
        }
    }
}
