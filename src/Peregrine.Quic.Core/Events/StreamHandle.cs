namespace Peregrine.Quic.Core;

/// <summary>A stream as events name it and its driver finds it again.</summary>
internal abstract class StreamHandle(ulong id)
{
    public ulong Id { get; } = id;

    /// <summary>The driver's object for this stream.</summary>
    public object? Owner { get; set; }
}
