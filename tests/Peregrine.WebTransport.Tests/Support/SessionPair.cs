namespace Peregrine.WebTransport.Tests;

/// <summary>Both sides of one session.</summary>
internal sealed record SessionPair(WebTransportSession Client, WebTransportSession Server) : IAsyncDisposable
{
    /// <summary>One side and the other, by who acts.</summary>
    public (WebTransportSession Actor, WebTransportSession Peer) By(bool client) => client ? (Client, Server) : (Server, Client);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().Soon();
        await Server.DisposeAsync().Soon();
    }
}
