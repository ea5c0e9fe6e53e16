using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

internal static class Eventually
{
    public static Task WithinPatience(this ValueTask task) => task.AsTask().WaitAsync(Http3Pair.Patience);

    public static Task<T> WithinPatience<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Http3Pair.Patience);

    public static Task<T> WithinPatience<T>(this Task<T> task) => task.WaitAsync(Http3Pair.Patience);

    public static Task WithinPatience(this Task task) => task.WaitAsync(Http3Pair.Patience);

    /// <summary>The code with which the peer closed the connection.</summary>
    public static async Task<Http3ErrorCode?> CloseCodeAsync(this QuicConnection connection) =>
        (Http3ErrorCode?)(await connection.Closed.WithinPatience()).ApplicationErrorCode;

    /// <summary>The code with which the peer reset what it sends on the stream.</summary>
    public static async Task<Http3ErrorCode?> ResetCodeAsync(this QuicStream stream)
    {
        var failure = await Assert.ThrowsAsync<QuicException>(() => stream.ReadToEndAsync());
        Assert.Equal(QuicError.StreamAborted, failure.QuicError);
        return (Http3ErrorCode?)failure.ApplicationErrorCode;
    }

    /// <summary>The code with which the peer stopped what we send on the stream.</summary>
    public static async Task<Http3ErrorCode?> StopCodeAsync(this QuicStream stream)
    {
        var failure = await Assert.ThrowsAsync<QuicException>(() => stream.WritesClosed.WithinPatience());
        Assert.Equal(QuicError.StreamAborted, failure.QuicError);
        return (Http3ErrorCode?)failure.ApplicationErrorCode;
    }

    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WithinPatience();
        return all.ToArray();
    }

    public static async Task<string> ReadTextAsync(this PipeReader reader)
    {
        var text = new StringBuilder();
        while (true)
        {
            var result = await reader.ReadAsync().WithinPatience();
            text.Append(Encoding.Latin1.GetString(result.Buffer.ToArray()));
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return text.ToString();
        }
    }

    /// <summary>Opens a stream and sends these bytes.</summary>
    public static async Task<QuicStream> SendAsync(this QuicConnection connection, QuicStreamType type, byte[] bytes, bool end = false)
    {
        var stream = await connection.OpenOutboundStreamAsync(type).WithinPatience();
        await stream.WriteAsync(bytes, end).WithinPatience();
        return stream;
    }

    public static Task<QuicStream> SendUnidirectionalAsync(this QuicConnection connection, byte[] bytes, bool end = false) =>
        connection.SendAsync(QuicStreamType.Unidirectional, bytes, end);

    public static Task<QuicStream> SendRequestAsync(this QuicConnection connection, byte[] bytes, bool end = false) =>
        connection.SendAsync(QuicStreamType.Bidirectional, bytes, end);

    /// <summary>The next bidirectional stream; the client's control stream may come before it.</summary>
    public static async Task<QuicStream> AcceptRequestStreamAsync(this QuicConnection server)
    {
        while (true)
        {
            var stream = await server.AcceptInboundStreamAsync().WithinPatience();
            if (stream.Type == QuicStreamType.Bidirectional)
                return stream;
        }
    }

    /// <summary>Serves every request with 200 and no content until the connection ends.</summary>
    public static async Task ServeAsync(this Http3ServerConnection server, Func<Http3ServerRequest, Task>? serve = null)
    {
        try
        {
            while (true)
            {
                var request = await server.AcceptRequestAsync();
                _ = Task.Run(async () =>
                {
                    await using (request)
                        await (serve?.Invoke(request) ?? request.RespondAsync(200, endStream: true).AsTask());
                });
            }
        }
        catch (Http3Exception)
        {
            // The connection has ended.
        }
    }

    /// <summary>Shows that the connection still works.</summary>
    public static async Task AssertServesAsync(this Http3Pair pair)
    {
        _ = pair.Server.ServeAsync();
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get), end: true);
        Assert.Equal(Bytes.Frame(1, 0, 0, 0xc0 | 25), await stream.ReadToEndAsync());
    }
}

internal static class Tokens
{
    public static async Task WhenCancelledAsync(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (token.Register(cancelled.SetResult))
            await cancelled.Task.WithinPatience();
    }
}
