using System.Runtime.ExceptionServices;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Sends the content of one request and waits for the response's head, both at once: a server may answer before it has read everything.
/// </summary>
internal sealed class ClientExchange(Http3ClientRequest exchange, HttpRequestMessage message)
{
    private volatile Exception? _contentFailure;

    public async Task<HttpResponseMessage> RunAsync(CancellationToken cancellationToken)
    {
        if (message.Content is { } content)
            _ = SendContentAsync(content, cancellationToken);
        try
        {
            var response = await exchange.GetResponseAsync(cancellationToken).ConfigureAwait(false);
            return HttpMessageMapping.ToResponse(response, message);
        }
        catch (Exception) when (_contentFailure is { } failure)
        {
            // The content failed and took the exchange with it: that is the reason worth telling.
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    private async Task SendContentAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            await content.CopyToAsync(exchange.Output.AsStream(leaveOpen: true), cancellationToken).ConfigureAwait(false);
            await exchange.Output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (HasServerStoppedReading(exception))
        {
            // RFC 9114 §4.1: the response tells what the server made of the part it read.
        }
#pragma warning disable CA1031 // Whatever the content throws is told by RunAsync, or came after the response and resets the stream.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _contentFailure = exception;
            exchange.Abort(Http3ErrorCode.RequestCancelled);
        }
    }

    private static bool HasServerStoppedReading(Exception exception) =>
        (exception as QuicException ?? exception.InnerException as QuicException) is
        { QuicError: QuicError.StreamAborted, ApplicationErrorCode: (long)Http3ErrorCode.NoError };
}
