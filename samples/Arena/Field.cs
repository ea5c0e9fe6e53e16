namespace Arena;

/// <summary>The rules: who is where, who touched which gem. No network, no clock; a tick at a time.</summary>
internal sealed class Field(Random random)
{
    public const int Width = 1600;
    public const int Height = 900;
    public const int TicksPerSecond = 30;

    private const int Gems = 12;
    private const float Speed = 340f / TicksPerSecond;
    private const float Reach = 26;

    private readonly List<Gem> _gems = [];

    public IReadOnlyList<Gem> Lying => _gems;

    /// <summary>Somewhere to begin.</summary>
    public void Place(Player player)
    {
        player.X = random.Next(80, Width - 80);
        player.Y = random.Next(80, Height - 80);
    }

    /// <summary>Moves everybody by their wishes; true when a score has changed.</summary>
    public bool Tick(IEnumerable<Player> players)
    {
        while (_gems.Count < Gems)
            _gems.Add(new Gem(random.Next(40, Width - 40), random.Next(40, Height - 40)));
        var scored = false;
        foreach (var player in players)
        {
            var length = MathF.Sqrt((player.WishX * player.WishX) + (player.WishY * player.WishY));
            if (length > 0.01f)
            {
                var step = Speed * MathF.Min(1, length) / length;
                player.X = Math.Clamp(player.X + (player.WishX * step), 14, Width - 14);
                player.Y = Math.Clamp(player.Y + (player.WishY * step), 14, Height - 14);
            }

            var taken = _gems.RemoveAll(gem => Math.Abs(gem.X - player.X) < Reach && Math.Abs(gem.Y - player.Y) < Reach);
            player.Score += taken;
            scored |= taken > 0;
        }

        return scored;
    }

    /// <summary>A bot runs for the nearest gem.</summary>
    public void Think(Player bot)
    {
        if (_gems.Count == 0)
            return;
        var nearest = _gems.MinBy(gem => Math.Abs(gem.X - bot.X) + Math.Abs(gem.Y - bot.Y));
        bot.WishX = Math.Clamp((nearest.X - bot.X) / 60f, -0.7f, 0.7f);
        bot.WishY = Math.Clamp((nearest.Y - bot.Y) / 60f, -0.7f, 0.7f);
    }

    public readonly record struct Gem(int X, int Y);
}
