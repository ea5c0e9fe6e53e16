namespace Peregrine.Tls;

/// <summary>One whole handshake message, borrowed for the time of its handling.</summary>
internal readonly ref struct HandshakeMessage(ReadOnlySpan<byte> encoded)
{
    // struct {
    //     HandshakeType msg_type;
    //     uint24 length;
    //     ...
    // } Handshake;
    public const int HeaderLength = 4;

    /// <summary>The message with its header, as the transcript takes it.</summary>
    public ReadOnlySpan<byte> Encoded { get; } = encoded;

    /// <summary>The type byte; it may be one we have no name for.</summary>
    public HandshakeType Type => (HandshakeType)Encoded[0];

    public ReadOnlySpan<byte> Body => Encoded[HeaderLength..];
}
