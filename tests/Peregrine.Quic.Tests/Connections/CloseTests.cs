using Microsoft.Extensions.Time.Testing;

namespace Peregrine.Quic.Tests;

public sealed class CloseTests
{
    [Fact]
    public async Task A_close_reaches_the_peer_with_its_code_and_reason()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await pair.Client.CloseAsync(0x1234, "so long").WithinPatience();

        var atClient = await pair.Client.Closed.WaitAsync(QuicPair.Patience);
        var atServer = await pair.Server.Closed.WaitAsync(QuicPair.Patience);
        Assert.Equal(QuicError.OperationAborted, atClient.QuicError);
        Assert.Equal(QuicError.ConnectionAborted, atServer.QuicError);
        Assert.Equal(0x1234, atServer.ApplicationErrorCode);
        Assert.Contains("so long", atServer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposal_closes_with_the_default_code()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await pair.Server.HandshakeCompleted.WaitAsync(QuicPair.Patience);
        await pair.Client.DisposeAsync();
        await pair.Client.DisposeAsync();
        var atServer = await pair.Server.Closed.WaitAsync(QuicPair.Patience);
        Assert.Equal(0xc2, atServer.ApplicationErrorCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).AsTask());
        Assert.Equal(DatagramSendResult.Closed, pair.Client.TrySendDatagram([1]));
    }

    [Fact]
    public async Task A_close_ends_everything_that_waits()
    {
        await using var pair = await QuicPair.ConnectAsync(server: o => o.MaxInboundUnidirectionalStreams = 0);
        var (client, server) = await pair.OpenStreamAsync();
        var waits = new List<Task>
        {
            pair.Server.AcceptInboundStreamAsync().AsTask(),
            pair.Server.ReceiveDatagramAsync(new byte[100]).AsTask(),
            pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).AsTask(),
            pair.Client.AcceptInboundStreamAsync().AsTask(),
            client.ReadAsync(new byte[1]).AsTask(),
            client.WriteAsync(new byte[10_000_000]).AsTask(),
            client.ReadsClosed,
            client.WritesClosed,
            server.ReadsClosed,
            server.WritesClosed,
        };
        await pair.Server.CloseAsync(77).WithinPatience();
        foreach (var wait in waits)
        {
            var failure = await Eventually.ThrowsAsync<QuicException>(wait);
            Assert.True(failure.QuicError is QuicError.OperationAborted or QuicError.ConnectionAborted, failure.ToString());
            Assert.Equal(77, failure.ApplicationErrorCode);
        }

        // And what begins afterwards.
        await Eventually.ThrowsAsync<QuicException, QuicStream>(pair.Client.AcceptInboundStreamAsync());
        await Eventually.ThrowsAsync<QuicException, int>(client.ReadAsync(new byte[1]));
        await Eventually.ThrowsAsync<QuicException>(client.WriteAsync(new byte[1]));
        await Eventually.ThrowsAsync<QuicException>(pair.Client.SendDatagramAsync(new byte[1]));
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_that_vanishes_is_noticed_by_the_idle_timeout()
    {
        // RFC 9000 §10.1, in virtual time.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(client: o =>
        {
            o.TimeProvider = time;
            o.Socket = new QuicSocketOptions { Factory = factory };
        });
        var (client, _) = await pair.OpenStreamAsync();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        Assert.Single(made).IsCut = true;
        for (var i = 0; i < 200 && !pair.Client.Closed.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var failure = await Eventually.ThrowsAsync<QuicException>(reading);
        Assert.Equal(QuicError.ConnectionIdle, failure.QuicError);
        Assert.Equal(QuicError.ConnectionIdle, (await pair.Client.Closed.WaitAsync(QuicPair.Patience)).QuicError);
    }

    [Fact]
    public async Task Close_before_the_handshake_is_over_and_concurrent_disposal_do_no_harm()
    {
        // Robustness X2.
        await using var listener = await QuicPair.ListenAsync();
        for (var i = 0; i < 10; i++)
        {
            var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
            var server = await listener.AcceptConnectionAsync().WithinPatience();
            await Task.WhenAll(
                Task.Run(async () => await client.DisposeAsync()),
                Task.Run(async () => await server.DisposeAsync()),
                Task.Run(async () => await client.DisposeAsync()),
                server.Closed,
                client.Closed).WaitAsync(QuicPair.Patience);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1L << 62)]
    public async Task Error_codes_out_of_range_are_refused(long code)
    {
        await using var pair = await QuicPair.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Client.CloseAsync(code).AsTask());
        var (client, _) = await pair.OpenStreamAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Abort(QuicAbortDirection.Both, code));
    }
}
