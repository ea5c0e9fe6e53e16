namespace Peregrine.Quic.Core;

/// <summary>How many packets of one space arrived with each ECN codepoint (RFC 9000 §19.3.2), in the order of the wire.</summary>
internal readonly record struct EcnCounts(ulong Ect0, ulong Ect1, ulong Ce);
