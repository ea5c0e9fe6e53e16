using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// Both sides open streams of both kinds, write a known pattern of known length on every half they may write, and check every byte they
/// read;
/// they send numbered datagrams besides. The side that <c>closes</c> ends the connection once all of its halves are done and the peer's
/// are read.
/// </summary>
internal sealed class Transfer : Application
{
    private readonly TransferPlan _plan;
    private readonly byte[] _chunk = new byte[3000];
    private readonly Dictionary<ulong, HalfProgress> _streams = [];
    private readonly HashSet<ulong> _datagramsSeen = [];
    private ulong _nextDatagram;
    private int _streamsToOpen;

    public Transfer(SimulatedConnection connection, TransferPlan plan)
        : base(connection)
    {
        _plan = plan;
        _streamsToOpen = plan.Bidirectional + plan.Unidirectional;
    }

    /// <summary>Every stream that this side opened or was promised has been written, acknowledged and read to its end.</summary>
    public bool IsDone => _streamsToOpen == 0 && FinishedStreams == _plan.TotalStreams;

    public int FinishedStreams { get; private set; }

    public int DatagramsReceived => _datagramsSeen.Count;

    public QuicFault? Closed { get; private set; }

    public bool IsHandshakeComplete { get; private set; }

    public override void OnEvent(in ConnectionEvent taken)
    {
        switch (taken.Kind)
        {
            case ConnectionEventKind.HandshakeComplete:
                IsHandshakeComplete = true;
                break;
            case ConnectionEventKind.ReadyToSend:
            case ConnectionEventKind.BidirectionalStreamsAvailable:
            case ConnectionEventKind.UnidirectionalStreamsAvailable:
                OpenStreams();
                break;
            case ConnectionEventKind.StreamOpened:
                while (Engine.Streams.TryAccept() is { } accepted)
                    Adopt(accepted);
                break;
            case ConnectionEventKind.StreamReadable:
            case ConnectionEventKind.StreamWritable:
            case ConnectionEventKind.StreamSendClosed:
            case ConnectionEventKind.StreamReceiveClosed:
                if (_streams.TryGetValue(taken.Stream!.Id, out var progress))
                    Work((CoreStream)taken.Stream, progress);
                break;
            case ConnectionEventKind.DatagramReceived:
                ReadDatagrams();
                break;
            case ConnectionEventKind.Closed:
                Closed = Engine.Fault;
                break;
        }
    }

    private void OpenStreams()
    {
        while (_streamsToOpen > 0)
        {
            var direction = _streamsToOpen > _plan.Unidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
            if (Engine.Streams.TryOpen(direction) is not { } opened)
                return;
            _streamsToOpen--;
            Adopt(opened);
        }
    }

    private void Adopt(CoreStream stream)
    {
        var progress = new HalfProgress();
        _streams.Add(stream.Id, progress);
        Work(stream, progress);
    }

    private void Work(CoreStream stream, HalfProgress progress)
    {
        if (stream.Receive is { } receive)
            Read(stream.Id, receive, progress);
        if (stream.Send is { } send)
            Write(stream.Id, send, progress);
        if (progress.IsReleased || stream.Send is { IsClosed: false } || stream.Receive is { IsClosed: false })
            return;
        progress.IsReleased = true;
        FinishedStreams++;
        _streams.Remove(stream.Id);
        Engine.Streams.Release(stream);
    }

    private void Read(ulong id, ReceiveStream receive, HalfProgress progress)
    {
        int count;
        while ((count = receive.Read(_chunk)) > 0)
        {
            var wrong = Pattern.FirstDifference(_chunk.AsSpan(0, count), id, !Engine.IsServer, progress.Read);
            Assert.True(wrong < 0, $"Stream {id}: the byte at offset {progress.Read + wrong} is not the one that was sent.");
            progress.Read += count;
        }

        if (receive.IsFinished)
            Assert.Equal(_plan.BytesPerStream, progress.Read);
    }

    private void Write(ulong id, SendStream send, HalfProgress progress)
    {
        while (progress.Written < _plan.BytesPerStream)
        {
            var count = (int)Math.Min(_chunk.Length, _plan.BytesPerStream - progress.Written);
            Pattern.Fill(_chunk.AsSpan(0, count), id, Engine.IsServer, progress.Written);
            var taken = send.Write(_chunk.AsSpan(0, count));
            progress.Written += taken;
            SendDatagram();
            if (taken < count)
                return;
        }

        if (!progress.IsFinished)
        {
            progress.IsFinished = true;
            send.Finish();
        }
    }

    private void SendDatagram()
    {
        if (_nextDatagram >= (ulong)_plan.Datagrams)
            return;
        Span<byte> datagram = stackalloc byte[8 + (int)(_nextDatagram % 900)];
        BitConverter.TryWriteBytes(datagram, _nextDatagram);
        Pattern.Fill(datagram[8..], _nextDatagram, Engine.IsServer, 0);
        if (Engine.Datagrams.TrySend(datagram) == CoreDatagramResult.Queued)
            _nextDatagram++;
    }

    private void ReadDatagrams()
    {
        while (Engine.Datagrams.TryReceive(_chunk, out var length))
        {
            var number = BitConverter.ToUInt64(_chunk);
            Assert.True(_datagramsSeen.Add(number), $"Datagram {number} was delivered twice.");
            Assert.Equal(8 + (int)(number % 900), length);
            Assert.Equal(-1, Pattern.FirstDifference(_chunk.AsSpan(8, length - 8), number, !Engine.IsServer, 0));
        }
    }

    private sealed class HalfProgress
    {
        public long Read { get; set; }

        public long Written { get; set; }

        public bool IsFinished { get; set; }

        public bool IsReleased { get; set; }
    }
}

/// <summary>What each side of a <see cref="Transfer"/> does; both sides follow the same plan.</summary>
internal sealed record TransferPlan(int Bidirectional, int Unidirectional, long BytesPerStream, int Datagrams)
{
    public int TotalStreams => 2 * (Bidirectional + Unidirectional);
}
