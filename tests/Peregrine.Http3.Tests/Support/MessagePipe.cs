using System.IO.Pipelines;
using System.Text;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>
/// One direction of a request stream on a pipe: the test writes what the peer sends, and sees what the reader does about it.
/// </summary>
internal sealed class MessagePipe : IMessageOwner
{
    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));

    public MessagePipe(MessageRole role = MessageRole.Request, int maxFieldSectionSize = 16 * 1024, params ulong[] signals)
    {
        var extensions = new Http3Extensions();
        foreach (var signal in signals)
            extensions.AddBidirectionalStreamSignal(signal, (_, _, _) => ValueTask.CompletedTask);
        Role = role;
        var glitches = new GlitchBudget(1000, 33, TimeProvider.System);
        Limits = new MessageLimits(maxFieldSectionSize, 16, glitches, extensions.Freeze().Bidirectional);
        Reader = new MessageReader(_pipe.Reader, role, Limits, this);
    }

    public MessageRole Role { get; }

    public MessageLimits Limits { get; }

    public MessageReader Reader { get; }

    public List<Http3Exception> Errors { get; } = [];

    public List<(QuicAbortDirection Direction, Http3ErrorCode Code)> Aborts { get; } = [];

    public long? PeerMaxFieldSectionSize => null;

    public bool IsServer => Role == MessageRole.Request;

    public Pipe Pipe => _pipe;

    public static async Task<MessagePipe> AfterHeadAsync(params (string Name, string Value)[] extraFields)
    {
        var pipe = new MessagePipe();
        await pipe.ReceiveAsync(Bytes.Headers([.. Bytes.Get, .. extraFields]));
        pipe.Reader.OnRequestHead(RequestHead.Parse(await pipe.Reader.ReadHeadAsync(default), takesExtendedConnect: true));
        return pipe;
    }

    public static async Task<MessagePipe> AfterConnectAsync()
    {
        var pipe = new MessagePipe();
        await pipe.ReceiveAsync(Bytes.Headers((":method", "CONNECT"), (":authority", "example.test:443")));
        pipe.Reader.OnRequestHead(RequestHead.Parse(await pipe.Reader.ReadHeadAsync(default), takesExtendedConnect: true));
        return pipe;
    }

    public async Task ReceiveAsync(params byte[][] parts) => await _pipe.Writer.WriteAsync(Bytes.Join(parts));

    public void ReceiveEnd() => _pipe.Writer.Complete();

    /// <summary>Everything up to the end of the message.</summary>
    public async Task<string> ReadContentAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var result = await Reader.ReadAsync();
            foreach (var segment in result.Buffer)
                text.Append(Encoding.Latin1.GetString(segment.Span));
            Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return text.ToString();
        }
    }

    public Http3Exception? Rejection => null;

    public Exception Translate(QuicException exception) => exception;

    public void OnProtocolError(Http3Exception error) => Errors.Add(error);

    public ValueTask WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("This pipe is read only.");

    public void Abort(QuicAbortDirection direction, Http3ErrorCode code) => Aborts.Add((direction, code));
}
