namespace Peregrine.Quic.Core;

/// <summary>What became of datagrams that belong to no connection. Written by the one who calls the engine; read by anyone.</summary>
internal sealed class EndpointCounters
{
    private long _accepted;
    private long _overHalfOpen;
    private long _refused;
    private long _refusedInSilence;
    private long _forged;
    private long _other;

    /// <summary>Connections that were begun.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>First Initial packets dropped because too many handshakes were under way.</summary>
    public long OverHalfOpen => Volatile.Read(ref _overHalfOpen);

    /// <summary>Connections answered with CONNECTION_REFUSED without any state.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Connections over a limit that were not even answered, since the budget of answers was spent.</summary>
    public long RefusedInSilence => Volatile.Read(ref _refusedInSilence);

    /// <summary>First Initial packets that did not decrypt.</summary>
    public long Forged => Volatile.Read(ref _forged);

    /// <summary>Datagrams that concern nobody.</summary>
    public long Other => Volatile.Read(ref _other);

    public long Dropped => OverHalfOpen + RefusedInSilence + Forged + Other;

    public void OnAccepted() => Volatile.Write(ref _accepted, _accepted + 1);

    public void OnOverHalfOpen() => Volatile.Write(ref _overHalfOpen, _overHalfOpen + 1);

    public void OnRefused() => Volatile.Write(ref _refused, _refused + 1);

    public void OnRefusedInSilence() => Volatile.Write(ref _refusedInSilence, _refusedInSilence + 1);

    public void OnForged() => Volatile.Write(ref _forged, _forged + 1);

    public void OnOther() => Volatile.Write(ref _other, _other + 1);
}
