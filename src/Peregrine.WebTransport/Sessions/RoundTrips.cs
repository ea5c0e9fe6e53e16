using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>How long to wait for what a peer that is still there does at once.</summary>
internal static class RoundTrips
{
    private const int Few = 8;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(250);

    /// <summary>A few round trips of the connection, enough for a loss or two, and a moment for the peer's scheduling.</summary>
    public static TimeSpan Grace(QuicConnection connection, TimeSpan most) => Grace(connection, Least, most);

    /// <summary>The same with another moment.</summary>
    public static TimeSpan Grace(QuicConnection connection, TimeSpan least, TimeSpan most)
    {
        var grace = least + (Few * connection.GetStatistics().SmoothedRtt);
        return grace < most ? grace : most;
    }
}
