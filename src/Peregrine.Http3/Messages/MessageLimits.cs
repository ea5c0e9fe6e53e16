using System.Collections.Frozen;

namespace Peregrine.Http3;

/// <summary>What bounds and shapes the messages of a connection.</summary>
/// <param name="MaxFieldSectionSize">The largest field section accepted, as RFC 9114 §4.2.2 counts.</param>
/// <param name="MaxInterimResponses">How many 1xx responses may come before the final one.</param>
/// <param name="Glitches">What the peer may still do for nothing.</param>
/// <param name="Signals">Values that may not stand as a frame type, because an extension uses them as signals.</param>
internal sealed record MessageLimits(
    int MaxFieldSectionSize, int MaxInterimResponses, GlitchBudget Glitches, FrozenDictionary<ulong, Http3StreamHandler> Signals);
