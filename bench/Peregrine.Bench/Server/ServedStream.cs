using System.Buffers;
using System.Buffers.Binary;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>One stream on the server: does what its first byte asks for.</summary>
internal static class ServedStream
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Answers a stream. Never fails: a stream that breaks concerns only its client.</summary>
    public static async Task RunAsync(WebTransportStream stream, ServedSession session)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using (stream)
                await AnswerAsync(stream, session, buffer);
        }
        catch (WebTransportException)
        {
            // The stream or its session was given up by the client.
        }
#pragma warning disable CA1031 // One stream must not take the others along.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"A stream failed: {error}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask AnswerAsync(WebTransportStream stream, ServedSession session, byte[] buffer)
    {
        var length = await stream.ReadAsync(buffer);
        if (length == 0)
            return;
        switch (buffer[0])
        {
            case StreamKind.Upload:
                await CountAsync(stream, buffer, length - 1);
                break;
            case StreamKind.Download:
                await SendAsync(stream, buffer, length);
                break;
            case StreamKind.Echo:
                await EchoAsync(stream, buffer, length);
                break;
            case StreamKind.Statistics:
                var (datagrams, bytes) = session.Received;
                BinaryPrimitives.WriteInt64LittleEndian(buffer, datagrams);
                BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(sizeof(long)), bytes);
                await stream.WriteAsync(buffer.AsMemory(0, 2 * sizeof(long)), completeWrites: true);
                break;
            default:
                stream.Abort(WebTransportAbortDirection.Both, errorCode: 1);
                break;
        }
    }

    private static async ValueTask CountAsync(WebTransportStream stream, byte[] buffer, long count)
    {
        int length;
        while ((length = await stream.ReadAsync(buffer)) > 0)
            count += length;
        BinaryPrimitives.WriteInt64LittleEndian(buffer, count);
        await stream.WriteAsync(buffer.AsMemory(0, sizeof(long)), completeWrites: true);
    }

    private static async ValueTask SendAsync(WebTransportStream stream, byte[] buffer, int length)
    {
        const int RequestLength = 1 + sizeof(ulong);
        if (length < RequestLength)
            await stream.ReadExactlyAsync(buffer.AsMemory(length, RequestLength - length));
        var remaining = BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(1));
        while (remaining > 0)
        {
            var size = (int)Math.Min(remaining, BufferSize);
            remaining -= (ulong)size;
            await stream.WriteAsync(buffer.AsMemory(0, size), completeWrites: remaining == 0);
        }
    }

    private static async ValueTask EchoAsync(WebTransportStream stream, byte[] buffer, int length)
    {
        if (length > 1)
            await stream.WriteAsync(buffer.AsMemory(1, length - 1));
        while ((length = await stream.ReadAsync(buffer)) > 0)
            await stream.WriteAsync(buffer.AsMemory(0, length));
        stream.CompleteWrites();
    }
}
