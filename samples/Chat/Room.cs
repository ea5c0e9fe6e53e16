using System.Text.Json;

namespace Chat;

/// <summary>Who is here, and what was said last, for those who come later.</summary>
internal sealed class Room
{
    private const int Remembered = 50;

    private readonly Lock _lock = new();
    private readonly HashSet<Member> _members = [];
    private readonly Queue<string> _past = new();

    public void Enter(Member member)
    {
        lock (_lock)
        {
            foreach (var line in _past)
                member.Hear(line);
            _members.Add(member);
            TellAll(new { type = "entered", name = member.Name, members = Names() });
        }
    }

    public void Leave(Member member)
    {
        lock (_lock)
        {
            _members.Remove(member);
            TellAll(new { type = "left", name = member.Name, members = Names() });
        }
    }

    public void Say(object what)
    {
        lock (_lock)
        {
            var line = TellAll(what);
            _past.Enqueue(line);
            if (_past.Count > Remembered)
                _past.Dequeue();
        }
    }

    // Telling a member never waits, so that the lock is held shortly.
    private string TellAll(object what)
    {
        var line = JsonSerializer.Serialize(what);
        foreach (var member in _members)
            member.Hear(line);
        return line;
    }

    private string[] Names() => [.. _members.Select(member => member.Name).Order(StringComparer.OrdinalIgnoreCase)];
}
