using Microsoft.Extensions.Time.Testing;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>Floods of what is legal and useless (robustness A9, S7, M4).</summary>
public sealed class GlitchTests
{
    private const int Budget = 100;

    // The clock stands still, so that the budget does not come back.
    private static Http3ConnectionOptions Options => new() { MaxGlitches = Budget, TimeProvider = new FakeTimeProvider() };

    public static TheoryData<string, byte[]> OnControlStream => new()
    {
        { "reserved frames", Bytes.Frame(0x21) },
        { "GOAWAY again and again", Bytes.Frame(7, 0) },
        { "MAX_PUSH_ID again and again", Bytes.Frame(0xd, 9) },
        { "PRIORITY_UPDATE without requests", Bytes.Frame(0xf0700, 0) },
    };

    public static TheoryData<string, byte[]> OnRequestStream => new()
    {
        { "reserved frames", Bytes.Frame(0x21) },
        { "empty DATA", Bytes.Frame(0) },
    };

    [Theory]
    [MemberData(nameof(OnControlStream))]
    public async Task A_flood_on_the_control_stream_closes_the_connection(string what, byte[] frame)
    {
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        var control = await pair.RawClient.SendUnidirectionalAsync(
            Bytes.Join([0], Bytes.Settings(), Bytes.Join([.. Enumerable.Repeat(frame, Budget / 2)])));
        await pair.AssertServesAsync();
        await control.WriteAsync(Bytes.Join([.. Enumerable.Repeat(frame, (Budget / 2) + 3)])).WithinPatience();
        Assert.True(await pair.RawClient.CloseCodeAsync() == Http3ErrorCode.ExcessiveLoad, what);
        Assert.Equal(Budget + 1, pair.Server.GlitchCount);
    }

    [Theory]
    [MemberData(nameof(OnRequestStream))]
    public async Task A_flood_on_a_request_stream_closes_the_connection(string what, byte[] frame)
    {
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        await pair.RawClient.SendRequestAsync(
            Bytes.Join(Bytes.Headers(Bytes.Get), Bytes.Join([.. Enumerable.Repeat(frame, Budget + 1)])));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        var error = await Assert.ThrowsAsync<Http3Exception>(() => request.Input.ReadAsync().WithinPatience());
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, error.ErrorCode);
        Assert.True(await pair.RawClient.CloseCodeAsync() == Http3ErrorCode.ExcessiveLoad, what);
    }

    // S7, M4: each such request costs a handler; none of them may be had for nothing without end.
    [Fact]
    public async Task Rapid_reset_closes_the_connection_and_few_handlers_are_alive()
    {
        var options = Options;
        options.MaxConcurrentRequests = 10;
        await using var pair = await Http3Pair.WithRawClientAsync(options);
        var most = 0;
        _ = pair.Server.ServeAsync(async request =>
        {
            most = Math.Max(most, pair.Server.ActiveRequests);
            await request.Aborted.WhenCancelledAsync();
        });
        try
        {
            for (var i = 0; i < 20 * Budget; i++)
            {
                var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
                stream.Abort(QuicAbortDirection.Both, (long)Http3ErrorCode.RequestCancelled);
                stream.Dispose();
            }
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            // It was closed, as it should be.
        }

        Assert.Equal(Http3ErrorCode.ExcessiveLoad, await pair.RawClient.CloseCodeAsync());
        Assert.InRange(most, 0, 10);
    }

    [Fact]
    public void The_budget_comes_back_with_time()
    {
        var clock = new FakeTimeProvider();
        var budget = new GlitchBudget(10, 5, clock);
        for (var i = 0; i < 10; i++)
            budget.Spend("frames");
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, Assert.Throws<Http3Exception>(() => budget.Spend("frames")).ErrorCode);
        clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 5; i++)
            budget.Spend("frames");
        Assert.Throws<Http3Exception>(() => budget.Spend("frames"));
        clock.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < 10; i++)
            budget.Spend("frames");
        Assert.Throws<Http3Exception>(() => budget.Spend("frames"));
    }

    // Browsers send one with each request.
    [Fact]
    public async Task PRIORITY_UPDATE_with_each_request_is_no_flood()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(Options);
        var control = await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings()));
        _ = pair.Server.ServeAsync();
        for (var i = 0; i < 2 * Budget; i++)
        {
            await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get), end: true);
            await control.WriteAsync(Bytes.Frame(0xf0700, Bytes.VarInt((ulong)stream.Id))).WithinPatience();
            Assert.NotEmpty(await stream.ReadToEndAsync());
        }

        Assert.InRange(pair.Server.GlitchCount, 0, 5);
    }
}
