namespace Peregrine.Quic.Core;

/// <summary>The two ECN bits of an IP header (RFC 3168 §5), with their values there.</summary>
internal enum EcnCodepoint : byte
{
    NotEct = 0,
    Ect1 = 1,
    Ect0 = 2,
    Ce = 3,
}
