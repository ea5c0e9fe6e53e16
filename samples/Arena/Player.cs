using Peregrine.WebTransport;

namespace Arena;

/// <summary>One player, or a bot that has no session. The game's tick alone reads and writes it.</summary>
internal sealed class Player(string name)
{
    private static int _last;

    public ushort Number { get; } = (ushort)Interlocked.Increment(ref _last);

    public string Name { get; } = name;

    public WebTransportSession? Session { get; init; }

    public Scoreboard? Scores { get; init; }

    public float X { get; set; }

    public float Y { get; set; }

    /// <summary>Where the player wants to go, each from -1 to 1.</summary>
    public float WishX { get; set; }

    public float WishY { get; set; }

    public int Score { get; set; }

    /// <summary>The number of the newest wish that was heard; older ones that come later count no more.</summary>
    public uint NewestWish { get; set; }
}
