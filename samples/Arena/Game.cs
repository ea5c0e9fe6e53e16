using System.Buffers.Binary;
using System.Text.Json;
using Peregrine.Samples;
using Peregrine.WebTransport;

namespace Arena;

/// <summary>
/// The loop. At each tick it takes what datagrams brought since the last one (no task waits for them), moves everybody, and sends where
/// everybody
/// is in one datagram a player: what is lost is stale by then anyway. Scores go over a stream.
/// </summary>
internal sealed class Game : IDisposable
{
    private const int MostPlayers = 100;
    private static readonly string[] BotNames = ["Kestrel", "Merlin", "Hobby", "Osprey"];

    private readonly Field _field = new(new Random());
    private readonly Lock _lock = new();
    private readonly List<Player> _players = [];
    private readonly PeriodicTimer _timer = new(TimeSpan.FromSeconds(1.0 / Field.TicksPerSecond));
    private readonly byte[] _snapshot = new byte[1_100];
    private readonly byte[] _wish = new byte[2_048];
    private uint _tick;

    public Game()
    {
        foreach (var name in BotNames)
            Add(new Player(name));
        _ = RunAsync();
    }

    /// <summary>One player, from the first datagram to the last.</summary>
    public async Task ServeAsync(WebTransportRequest request, CancellationToken cancellationToken)
    {
        var name = request.Query.StartsWith("?name=", StringComparison.Ordinal) ? Uri.UnescapeDataString(request.Query[6..]) : "";
        if (request.Path != "/arena" || name.Length is 0 or > 16 || Count() >= MostPlayers)
        {
            await request.RejectAsync(Count() >= MostPlayers ? 503 : 404, cancellationToken);
            return;
        }

        await using var session = await request.AcceptAsync(cancellationToken);
        var stream = await session.OpenUnidirectionalStreamAsync(cancellationToken);
        await using var scores = new Scoreboard(stream);
        var player = new Player(name) { Session = session, Scores = scores };
        await stream.WriteAsync(
            (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(new { you = player.Number, width = Field.Width, height = Field.Height }), (byte)'\n'],
            cancellationToken);
        Add(player);
        SampleServer.Line($"{name} enters");
        var how = await session.Closed;
        lock (_lock)
            _players.Remove(player);
        ShowScores();
        SampleServer.Line($"{name} leaves with {player.Score} points: {how.Reason}");
    }

    public void Dispose() => _timer.Dispose();

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            bool scored;
            lock (_lock)
            {
                foreach (var player in _players)
                    Listen(player);
                scored = _field.Tick(_players);
                Broadcast();
            }

            if (scored)
                ShowScores();
        }
    }

    /// <summary>A player's datagram: the number of the wish, and two signed bytes for the direction.</summary>
    private void Listen(Player player)
    {
        if (player.Session is null)
        {
            _field.Think(player);
            return;
        }

        while (player.Session.TryReceiveDatagram(_wish, out var length))
        {
            var number = length == 6 ? BinaryPrimitives.ReadUInt32LittleEndian(_wish) : 0;
            if (number <= player.NewestWish)
                continue;
            player.NewestWish = number;
            player.WishX = (sbyte)_wish[4] / 127f;
            player.WishY = (sbyte)_wish[5] / 127f;
        }
    }

    /// <summary>The tick, the gems, and number and place of each player, in little-endian integers.</summary>
    private void Broadcast()
    {
        var rest = _snapshot.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(rest, ++_tick);
        rest[4] = (byte)_field.Lying.Count;
        rest[5] = (byte)_players.Count;
        rest = rest[6..];
        foreach (var gem in _field.Lying)
            rest = Write(Write(rest, gem.X), gem.Y);
        foreach (var player in _players)
            rest = Write(Write(Write(rest, player.Number), (int)player.X), (int)player.Y);
        var datagram = _snapshot.AsSpan(0, _snapshot.Length - rest.Length);
        foreach (var player in _players)
            player.Session?.TrySendDatagram(datagram);
    }

    private void ShowScores()
    {
        string board;
        Scoreboard[] boards;
        lock (_lock)
        {
            board = JsonSerializer.Serialize(new { players = _players.Select(player => new { number = player.Number, name = player.Name, score = player.Score }) });
            boards = [.. _players.Select(player => player.Scores).OfType<Scoreboard>()];
        }

        foreach (var one in boards)
            one.Show(board);
    }

    private void Add(Player player)
    {
        lock (_lock)
        {
            _field.Place(player);
            _players.Add(player);
        }

        ShowScores();
    }

    private int Count()
    {
        lock (_lock)
            return _players.Count;
    }

    private static Span<byte> Write(Span<byte> rest, int number)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)number);
        return rest[2..];
    }
}
