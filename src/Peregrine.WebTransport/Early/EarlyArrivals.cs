using System.Diagnostics.CodeAnalysis;

namespace Peregrine.WebTransport;

/// <summary>
/// Streams and datagrams of one connection that arrived before their session (draft-ietf-webtrans-http3 §4.6): at most
/// <see cref="MaxStreams"/> streams, the oldest making room; at most <see cref="MaxDatagrams"/> datagrams, further ones dropped; and none
/// waits past <see cref="Patience"/> after the first arrival for its session, however many follow. Pure state: the caller brings the time
/// and a lock, and rejects the streams that are handed back.
/// </summary>
internal sealed class EarlyArrivals<TStream>
    where TStream : class
{
    public const int MaxStreams = 24;
    public const int MaxDatagrams = 8;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<EarlyStream> _streams = [];
    private readonly List<EarlyDatagram> _datagrams = [];
    private readonly List<Waiting> _waiting = [];

    private readonly record struct EarlyStream(long SessionId, TStream Stream);

    private readonly record struct EarlyDatagram(long SessionId, byte[] Payload);

    private readonly record struct Waiting(long SessionId, TimeSpan Deadline);

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>When <see cref="Expire"/> has something to do next. Meaningless while empty.</summary>
    public TimeSpan NextDeadline => _waiting[0].Deadline;

    /// <summary>Keeps the stream; returns the oldest one when there was no room for both.</summary>
    public TStream? AddStream(long sessionId, TStream stream, TimeSpan now)
    {
        TStream? evicted = null;
        if (_streams.Count == MaxStreams)
        {
            evicted = _streams[0].Stream;
            var owner = _streams[0].SessionId;
            _streams.RemoveAt(0);
            if (owner != sessionId)
                ForgetWhenNothingWaits(owner);
        }

        _streams.Add(new EarlyStream(sessionId, stream));
        StartWaiting(sessionId, now);
        return evicted;
    }

    /// <summary>Keeps a copy of the datagram; false when there is no room and it is dropped.</summary>
    public bool AddDatagram(long sessionId, ReadOnlySpan<byte> payload, TimeSpan now)
    {
        if (_datagrams.Count == MaxDatagrams)
            return false;
        _datagrams.Add(new EarlyDatagram(sessionId, payload.ToArray()));
        StartWaiting(sessionId, now);
        return true;
    }

    /// <summary>Takes out all that waits for a session, in the order of arrival; false when nothing does.</summary>
    public bool TryTake(long sessionId, [NotNullWhen(true)] out List<TStream>? streams, [NotNullWhen(true)] out List<byte[]>? datagrams)
    {
        streams = null;
        datagrams = null;
        if (_waiting.FindIndex(w => w.SessionId == sessionId) is var index && index < 0)
            return false;
        _waiting.RemoveAt(index);

        streams = [];
        foreach (var early in _streams)
        {
            if (early.SessionId == sessionId)
                streams.Add(early.Stream);
        }

        datagrams = [];
        foreach (var early in _datagrams)
        {
            if (early.SessionId == sessionId)
                datagrams.Add(early.Payload);
        }

        _streams.RemoveAll(early => early.SessionId == sessionId);
        _datagrams.RemoveAll(early => early.SessionId == sessionId);
        return true;
    }

    /// <summary>Drops what has waited long enough and hands back its streams.</summary>
    public List<TStream> Expire(TimeSpan now)
    {
        var expired = new List<TStream>();
        while (!IsEmpty && NextDeadline <= now)
        {
            if (TryTake(_waiting[0].SessionId, out var streams, out _))
                expired.AddRange(streams);
        }

        return expired;
    }

    /// <summary>Drops everything, for the end of the connection, and hands back the streams.</summary>
    public List<TStream> Clear() => Expire(TimeSpan.MaxValue);

    // The deadline is that of the first arrival: one armed anew by each stream could be held open for ever.
    private void StartWaiting(long sessionId, TimeSpan now)
    {
        foreach (var waiting in _waiting)
        {
            if (waiting.SessionId == sessionId)
                return;
        }

        _waiting.Add(new Waiting(sessionId, now + Patience));
    }

    private void ForgetWhenNothingWaits(long sessionId)
    {
        if (!_streams.Exists(s => s.SessionId == sessionId) && !_datagrams.Exists(d => d.SessionId == sessionId))
            _waiting.RemoveAll(w => w.SessionId == sessionId);
    }
}
