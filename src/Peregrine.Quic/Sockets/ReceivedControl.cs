using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>What the control messages of one reception say; the fields start as what holds without them.</summary>
internal struct ReceivedControl
{
    public int SegmentSize;
    public NetworkAddress Local;
    public EcnCodepoint Ecn;
    public bool IsToGroup;

    /// <summary>The error number of a message from the error queue.</summary>
    public int Error;
}
