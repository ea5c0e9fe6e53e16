using System.Buffers;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>GOAWAY (RFC 9114 §5.2): what it names was not served, and what was served it does not name.</summary>
public sealed class GoAwayTests
{
    private const long Largest = (1L << 62) - 4;

    [Fact]
    [Trait("Review", "D10")]
    public async Task GOAWAY_comes_twice_so_that_a_request_on_its_way_is_served()
    {
        // The second step waits for a clock that stands still.
        await using var pair = await Http3Pair.WithRawClientAsync(
            new Http3ConnectionOptions { TimeProvider = new Microsoft.Extensions.Time.Testing.FakeTimeProvider() });
        var goingAway = pair.Server.GoAwayAsync().AsTask();
        await using var control = await pair.RawClient.AcceptInboundStreamAsync().WithinPatience();
        var reader = new GoAwayReader(control);
        Assert.Equal(Largest, await reader.NextAsync());
        await pair.AssertServesAsync();
        Assert.False(goingAway.IsCompleted);
    }

    [Fact]
    [Trait("Review", "D10")]
    public async Task The_second_GOAWAY_names_the_first_request_that_was_not_served()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.AssertServesAsync();
        await pair.Server.GoAwayAsync().WithinPatience();
        await using var control = await pair.RawClient.AcceptInboundStreamAsync().WithinPatience();
        var reader = new GoAwayReader(control);
        Assert.Equal((Largest, 4), (await reader.NextAsync(), await reader.NextAsync()));
        await using var late = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get), end: true);
        Assert.Equal(Http3ErrorCode.RequestRejected, await late.ResetCodeAsync());
    }

    // Requests that arrive while GOAWAY is decided: each is served and not named, or named and not served.
    [Fact]
    [Trait("Review", "D10")]
    public void No_request_is_both_served_and_named_however_they_race()
    {
        for (var round = 0; round < 2000; round++)
        {
            var admission = new RequestAdmission(int.MaxValue);
            var served = new bool[8];
            var named = 0L;
            Parallel.Invoke(
                () => named = admission.Close(),
                () => Admit(0),
                () => Admit(4));
            for (var i = 0; i < served.Length; i++)
                Assert.False(served[i] && i * 4 >= named, $"Request {i * 4} was served, and GOAWAY named {named}.");

            void Admit(int first)
            {
                for (var id = first; id < served.Length * 4; id += 8)
                    served[id / 4] = admission.TryAdmit(id) is null;
            }
        }
    }

    [Fact]
    [Trait("Review", "D10")]
    public async Task Several_calls_say_it_once()
    {
        await using var pair = await Http3Pair.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => pair.Server.GoAwayAsync().AsTask()))).WithinPatience();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => pair.Client.GoAwayAsync().AsTask()))).WithinPatience();
        await pair.Client.PeerGoingAway.WhenCancelledAsync();
        await pair.Server.PeerGoingAway.WhenCancelledAsync();
        Assert.Equal(0, pair.Server.PeerGoAwayId);
    }

    [Fact]
    [Trait("Review", "D10")]
    public async Task A_request_that_waits_for_credit_learns_of_a_GOAWAY()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var get = new Http3Request { Method = "GET", Authority = "a.test", EndsStream = true };
        var opened = new List<Http3ClientRequest>();
        Task<Http3ClientRequest> waiting;
        while (true)
        {
            waiting = pair.Client.OpenRequestAsync(get).AsTask();
            if (!waiting.IsCompleted && pair.Client.ActiveRequests == opened.Count)
                break;
            opened.Add(await waiting.WithinPatience());
        }

        await pair.RawServer.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings(), Bytes.Frame(7, Bytes.VarInt((ulong)Largest))));
        var error = await Assert.ThrowsAsync<Http3Exception>(() => waiting.WithinPatience());
        Assert.Equal(Http3ErrorCode.RequestRejected, error.ErrorCode);
    }

    /// <summary>Reads the GOAWAY frames of a control stream.</summary>
    private sealed class GoAwayReader(QuicStream control)
    {
        private bool _isPastType;

        public async Task<long> NextAsync()
        {
            while (true)
            {
                if (!_isPastType)
                    Assert.Equal(0UL, await ReadVarIntAsync());
                _isPastType = true;
                var type = await ReadVarIntAsync();
                var payload = new byte[await ReadVarIntAsync()];
                await control.ReadExactlyAsync(payload).WithinPatience();
                if (type == 7)
                    return (long)Decode(payload);
            }
        }

        private async Task<ulong> ReadVarIntAsync()
        {
            var first = new byte[1];
            await control.ReadExactlyAsync(first).WithinPatience();
            var rest = new byte[(1 << (first[0] >> 6)) - 1];
            await control.ReadExactlyAsync(rest).WithinPatience();
            return Decode([.. first, .. rest]);
        }

        private static ulong Decode(byte[] bytes) =>
            bytes.Skip(1).Aggregate((ulong)(bytes[0] & 0x3f), (value, octet) => (value << 8) | octet);
    }
}
