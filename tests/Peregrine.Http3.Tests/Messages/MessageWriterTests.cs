using System.Buffers;
using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

public sealed class MessageWriterTests : IMessageOwner
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly MessageWriter _writer;
    private readonly List<(QuicAbortDirection, Http3ErrorCode)> _aborts = [];

    public MessageWriterTests()
    {
        _writer = new MessageWriter(_pipe.Writer, this);
    }

    public bool IsServer => true;

    public long? PeerMaxFieldSectionSize { get; private set; }

    // RFC 9114 §4.2.2. The caller did nothing wrong, so it is no ArgumentException.
    [Fact]
    [Trait("Review", "X1")]
    public async Task What_the_peer_would_refuse_is_not_sent()
    {
        PeerMaxFieldSectionSize = 7 + 3 + 32 - 1;
        var error = await Assert.ThrowsAsync<Http3Exception>(RespondAsync);
        Assert.Equal((Http3ErrorCode.ExcessiveLoad, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
        PeerMaxFieldSectionSize++;
        await RespondAsync();
    }

    [Fact]
    public async Task Each_flush_is_one_data_frame()
    {
        await RespondAsync();
        _writer.Write("he"u8);
        _writer.Write("llo"u8);
        await _writer.FlushAsync();
        await _writer.FlushAsync();
        await _writer.WriteAsync("!"u8.ToArray());
        await _writer.CompleteAsync();
        Assert.Equal(Bytes.Join(Head, Bytes.Data("hello"), Bytes.Data("!")), await SentAsync());
    }

    [Fact]
    public async Task A_large_write_is_one_data_frame()
    {
        await RespondAsync();
        var content = new byte[200_000];
        Random.Shared.NextBytes(content);
        _writer.Write("first"u8);
        await _writer.WriteAsync(content);
        await _writer.CompleteAsync();
        Assert.Equal(Bytes.Join(Head, Bytes.Data("first"), Bytes.Frame(0, content)), await SentAsync());
    }

    [Fact]
    public async Task Completing_sends_what_was_not_flushed()
    {
        await RespondAsync();
        _writer.Write("rest"u8);
        _writer.Complete();
        Assert.Equal(Bytes.Join(Head, Bytes.Data("rest")), await SentAsync());
        Assert.True(_writer.IsCompleted);
    }

    [Fact]
    public async Task Trailers_end_the_message()
    {
        await RespondAsync();
        _writer.Write("x"u8);
        await _writer.WriteTrailersAsync(new HttpFields { { "accept-ranges", "bytes" } }, default);
        Assert.Equal(Bytes.Join(Head, Bytes.Data("x"), Bytes.Frame(1, 0, 0, 0xc0 | 32)), await SentAsync());
        Assert.Throws<InvalidOperationException>(() => _writer.GetSpan());
    }

    [Fact]
    public async Task A_head_can_end_the_message()
    {
        await _writer.WriteHeadAsync(Bytes.Fields((":status", "200")), isFinal: true, endStream: true, default);
        Assert.Equal(Head, await SentAsync());
    }

    [Fact]
    public async Task Content_needs_a_final_head()
    {
        Assert.Throws<InvalidOperationException>(() => _writer.GetMemory());
        await _writer.WriteHeadAsync(Bytes.Fields((":status", "103")), isFinal: false, endStream: false, default);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _writer.WriteAsync("x"u8.ToArray()));
        await RespondAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => RespondAsync());
    }

    [Fact]
    public async Task Completing_with_an_exception_resets()
    {
        await RespondAsync();
        _writer.Complete(new Http3Exception(Http3ErrorCode.ConnectError, Http3ErrorScope.Stream, "gone"));
        Assert.Equal([(QuicAbortDirection.Write, Http3ErrorCode.ConnectError)], _aborts);
    }

    [Fact]
    public void Completing_before_the_head_resets()
    {
        _writer.Complete();
        Assert.Equal([(QuicAbortDirection.Write, Http3ErrorCode.InternalError)], _aborts);
    }

    [Fact]
    public async Task A_tunnel_has_no_trailers()
    {
        _writer.IsTunnel = true;
        await RespondAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _writer.WriteTrailersAsync(new HttpFields(), default));
    }

    // :status 200 is entry 25 of the static table.
    private static byte[] Head => Bytes.Frame(1, 0, 0, 0xc0 | 25);

    Http3Exception? IMessageOwner.Rejection => null;

    Exception IMessageOwner.Translate(QuicException exception) => exception;

    void IMessageOwner.OnProtocolError(Http3Exception error) => Assert.Fail(error.Message);

    async ValueTask IMessageOwner.WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _pipe.Writer.WriteAsync(bytes, cancellationToken);
        await _pipe.Writer.CompleteAsync();
    }

    void IMessageOwner.Abort(QuicAbortDirection direction, Http3ErrorCode code)
    {
        _writer.OnAborted();
        _aborts.Add((direction, code));
    }

    private Task RespondAsync() =>
        _writer.WriteHeadAsync(Bytes.Fields((":status", "200")), isFinal: true, endStream: false, default).AsTask();

    private async Task<byte[]> SentAsync()
    {
        var sent = await _pipe.Reader.ReadAtLeastAsync(int.MaxValue);
        Assert.True(sent.IsCompleted);
        return sent.Buffer.ToArray();
    }
}
