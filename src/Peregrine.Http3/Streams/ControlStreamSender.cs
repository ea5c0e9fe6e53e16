using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>
/// Our control stream: opened at once, with SETTINGS first (RFC 9114 §6.2.1), and open as long as the connection. We announce no dynamic
/// table and use none, so no QPACK streams are opened (RFC 9204 §4.2).
/// </summary>
internal sealed class ControlStreamSender(Http3Connection connection)
{
    private readonly TaskCompletionSource<QuicStream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task RunAsync()
    {
        try
        {
            var stream = await connection.Transport.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, connection.ClosingToken)
                .ConfigureAwait(false);
            using (var bytes = new PooledBuffer(256))
            {
                bytes.Write([(byte)StreamType.Control]);
                SettingsFrame.Write(bytes, LocalSettings());
                await stream.WriteAsync(bytes.Written, connection.ClosingToken).ConfigureAwait(false);
            }

            _stream.TrySetResult(stream);
            await stream.WritesClosed.ConfigureAwait(false);
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.StreamAborted)
        {
            connection.Fail(CriticalStream.Closed("control"));
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended.
        }
        finally
        {
            // Whoever waits to send a GOAWAY learns that there is nobody to send it to; when nobody waits, that is no failure.
            _stream.TrySetException(Http3Exception.OnConnection(Http3ErrorCode.NoError, "The connection has ended."));
            _ = _stream.Task.Exception;
        }
    }

    /// <summary>Sends a GOAWAY. The caller sends one at a time.</summary>
    public async Task SendGoAwayAsync(long id)
    {
        var stream = await _stream.Task.ConfigureAwait(false);
        var frame = new byte[FrameHeader.MaxEncodedLength + VarInt.MaxLength];
        var length = FrameHeader.Write(frame, FrameType.GoAway, (ulong)VarInt.Length((ulong)id));
        length += VarInt.Write(frame.AsSpan(length), (ulong)id);
        // Not cancellable: half a frame on this stream would cost the connection.
        await stream.WriteAsync(frame.AsMemory(0, length), CancellationToken.None).ConfigureAwait(false);
    }

    private Dictionary<ulong, ulong> LocalSettings()
    {
        var options = connection.Options;
        var settings = new Dictionary<ulong, ulong>
        {
            [SettingId.QpackMaxTableCapacity] = 0,
            [SettingId.QpackBlockedStreams] = 0,
            [SettingId.MaxFieldSectionSize] = (ulong)options.MaxFieldSectionSize,
        };
        if (connection.IsServer && options.EnableExtendedConnect)
            settings[SettingId.EnableConnectProtocol] = 1;
        if (connection.AcceptsDatagrams)
            settings[SettingId.H3Datagram] = 1;
        foreach (var (id, value) in connection.Extensions.Settings)
            settings[id] = value;
        if (options.SendGrease)
            settings[SettingId.Grease((uint)Random.Shared.Next(1, 1 << 16))] = (ulong)Random.Shared.Next();
        return settings;
    }
}
