using Peregrine.Wire;

namespace Peregrine.Quic.Core;

internal enum ClosePhase : byte
{
    Open,

    /// <summary>We closed: only CONNECTION_CLOSE goes out, in answer to what still comes in (RFC 9000 §10.2.1).</summary>
    Closing,

    /// <summary>The peer closed, or reset: nothing goes out (RFC 9000 §10.2.2).</summary>
    Draining,

    /// <summary>Over; the endpoint forgets the connection.</summary>
    Drained,
}

/// <summary>The end of a connection: which phase it is in, why, and when the CONNECTION_CLOSE is due again.</summary>
internal sealed class CloseState
{
    private uint _packetsReceived;
    private uint _answerAt = 1;

    public ClosePhase Phase { get; private set; }

    public QuicFault? Fault { get; private set; }

    /// <summary>A CONNECTION_CLOSE waits to be sent.</summary>
    public bool IsSendPending { get; private set; }

    public Instant Deadline { get; private set; } = Instant.Never;

    public bool TryEnter(ClosePhase phase, QuicFault fault, Instant deadline)
    {
        if (phase <= Phase)
            return false;
        Phase = phase;
        Fault ??= fault;
        Deadline = deadline;
        IsSendPending = phase == ClosePhase.Closing;
        return true;
    }

    /// <summary>RFC 9000 §10.2.1: answers get rarer, here after 1, 2, 4, 8… packets.</summary>
    public void OnPacketWhileClosing()
    {
        if (Phase != ClosePhase.Closing || ++_packetsReceived < _answerAt)
            return;
        _packetsReceived = 0;
        _answerAt = Math.Min(_answerAt * 2, 1u << 16);
        IsSendPending = true;
    }

    public void OnCloseSent() => IsSendPending = false;
}
