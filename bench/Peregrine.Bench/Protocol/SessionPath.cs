namespace Peregrine.Bench;

/// <summary>The paths of sessions.</summary>
internal static class SessionPath
{
    /// <summary>Here the server sends every datagram back.</summary>
    public const string Echo = "/echo";

    /// <summary>Here, and on any other path, it counts them.</summary>
    public const string Count = "/count";
}
