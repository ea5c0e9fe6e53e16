using System.Collections.Concurrent;
using Peregrine.Samples;
using Peregrine.WebTransport;

namespace Chat;

/// <summary>
/// Rooms over streams. A client asks for <c>/rooms/NAME?name=ANN</c> and opens one bidirectional stream: each line it writes is said in the
/// room, each line it reads is an event of the room, as JSON.
/// </summary>
internal sealed class ChatServer
{
    private const int LongestText = 2_000;

    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    public async Task ServeAsync(WebTransportRequest request, CancellationToken cancellationToken)
    {
        if (!Invitation.TryRead(request, out var roomName, out var name))
        {
            await request.RejectAsync(404, cancellationToken);
            return;
        }

        await using var session = await request.AcceptAsync(cancellationToken);
        await using var stream = await session.AcceptBidirectionalStreamAsync(cancellationToken);
        await using var member = new Member(name, stream);
        var room = _rooms.GetOrAdd(roomName, _ => new Room());
        SampleServer.Line($"{name} enters {roomName}");
        room.Enter(member);
        try
        {
            await foreach (var line in Lines.ReadAllAsync(stream.Input, cancellationToken))
            {
                if (line.Length > 0)
                    room.Say(new { type = "said", name, text = line[..Math.Min(line.Length, LongestText)] });
            }
        }
        catch (WebTransportException)
        {
            // The tab was closed, or the network is gone: what the others see is that the member left.
        }
        finally
        {
            room.Leave(member);
        }

        SampleServer.Line($"{name} leaves {roomName}: {(await session.Closed).Reason}");
    }
}
