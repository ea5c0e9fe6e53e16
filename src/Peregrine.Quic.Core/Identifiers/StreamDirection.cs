namespace Peregrine.Quic.Core;

/// <summary>Whether a stream carries data both ways or only from its initiator (RFC 9000 §2.1).</summary>
internal enum StreamDirection : byte
{
    Bidirectional,
    Unidirectional,
}
