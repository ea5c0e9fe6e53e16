using System.Buffers.Binary;
using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>
/// One sender in virtual time: packets go out, ACK frames come in (encoded here, independently of the codec), and the fate of every frame
/// is
/// written down. Each packet holds one frame whose Id is its packet number, unless the test gives others.
/// </summary>
internal sealed class RecoveryScenario : ISentFrameSink
{
    public const PacketNumberSpace Initial = PacketNumberSpace.Initial;
    public const PacketNumberSpace Handshake = PacketNumberSpace.Handshake;
    public const PacketNumberSpace App = PacketNumberSpace.Application;

    private static readonly RecoverySettings NewRenoSettings =
        new() { Congestion = new CongestionSettings { Algorithm = CongestionAlgorithm.NewReno } };

    private readonly byte[] _ackBytes = new byte[4096];

    public RecoveryScenario(RecoverySettings? settings = null, bool isServer = true, bool confirmed = true)
    {
        Settings = settings ?? NewRenoSettings;
        Congestion = Settings.Congestion.CreateController();
        Recovery = new LossRecovery(Settings, Congestion, isServer, Spaces, this) { HandshakeConfirmed = confirmed };
    }

    public RecoveryScenario(CongestionAlgorithm algorithm)
        : this(new RecoverySettings { Congestion = new CongestionSettings { Algorithm = algorithm } })
    {
    }

    public RecoverySettings Settings { get; }

    public ICongestionController Congestion { get; }

    public SentPacketSpace[] Spaces { get; } = [new(Initial), new(Handshake), new(App)];

    public LossRecovery Recovery { get; }

    public Instant Now { get; set; } = new(5_000_000_000);

    public List<(PacketNumberSpace Space, SentFrame Frame)> Acked { get; } = [];

    public List<(PacketNumberSpace Space, SentFrame Frame)> Lost { get; } = [];

    public ulong[] AckedIds => [.. Acked.Select(entry => entry.Frame.Id)];

    public ulong[] LostIds => [.. Lost.Select(entry => entry.Frame.Id)];

    public static Duration Ms(double milliseconds) => new((long)(milliseconds * 1e6));

    public void Discard(PacketNumberSpace space)
    {
        Spaces[(int)space].Discard();
        Recovery.OnSpaceDiscarded(space);
    }

    public void After(double milliseconds) => Now += Ms(milliseconds);

    public ulong Send(PacketNumberSpace space = App, int bytes = 1200, SentFrameKind kind = SentFrameKind.Stream)
    {
        var number = Recovery.NextPacketNumber(space);
        Recovery.OnPacketSent(space, number, bytes, true, true, [new SentFrame(kind, number)], Now);
        return number;
    }

    public void SendMany(int count, PacketNumberSpace space = App, int bytes = 1200)
    {
        for (var i = 0; i < count; i++)
            Send(space, bytes);
    }

    public ulong SendAckOnly(PacketNumberSpace space = App)
    {
        var number = Recovery.NextPacketNumber(space);
        Recovery.OnPacketSent(space, number, 40, false, false, [new SentFrame(SentFrameKind.Ack, number)], Now);
        return number;
    }

    /// <summary>Acknowledges single numbers and spans, in any order.</summary>
    public QuicFault? Ack(params ulong[] numbers) => AckIn(App, Duration.Zero, numbers);

    public QuicFault? AckIn(PacketNumberSpace space, Duration delay, params ulong[] numbers)
    {
        var length = Encode(numbers, _ackBytes);
        return Receive(space, _ackBytes.AsSpan(0, length), delay);
    }

    public QuicFault? AckSpan(ulong first, ulong last, PacketNumberSpace space = App, Duration delay = default)
    {
        var length = Encode([(first, last)], _ackBytes);
        return Receive(space, _ackBytes.AsSpan(0, length), delay);
    }

    public QuicFault? Receive(PacketNumberSpace space, ReadOnlySpan<byte> body, Duration delay)
    {
        var reader = new SpanReader(body);
        Assert.True(AckFrame.TryRead(ref reader, 0x02, out var frame));
        return Recovery.OnAckReceived(space, frame, delay, Now);
    }

    /// <summary>Lets virtual time run to the timer and fires it.</summary>
    public void FireTimer()
    {
        Assert.False(Recovery.NextTimeout.IsNever);
        Now = Instant.Max(Now, Recovery.NextTimeout);
        Recovery.OnTimeout(Now);
    }

    public int TakeProbes(PacketNumberSpace expected)
    {
        var count = 0;
        while (Recovery.ProbesPending(expected) > 0)
        {
            Assert.True(Recovery.TryTakeProbe(out var space));
            Assert.Equal(expected, space);
            count++;
        }

        return count;
    }

    public void OnFrameAcked(PacketNumberSpace space, in SentFrame frame, Instant now) => Acked.Add((space, frame));

    public void OnFrameLost(PacketNumberSpace space, in SentFrame frame, Instant now) => Lost.Add((space, frame));

    public static int Encode(ulong[] numbers, byte[] destination)
    {
        var spans = new List<(ulong First, ulong Last)>();
        foreach (var number in numbers.Distinct().OrderDescending())
        {
            if (spans.Count > 0 && spans[^1].First == number + 1)
                spans[^1] = (number, spans[^1].Last);
            else
                spans.Add((number, number));
        }

        return Encode([.. spans], destination);
    }

    /// <summary>The body of an ACK frame for spans given largest first; every integer in eight bytes.</summary>
    public static int Encode((ulong First, ulong Last)[] spans, byte[] destination)
    {
        var position = 0;
        Put(spans[0].Last);
        Put(0);
        Put((ulong)spans.Length - 1);
        Put(spans[0].Last - spans[0].First);
        for (var i = 1; i < spans.Length; i++)
        {
            Put(spans[i - 1].First - spans[i].Last - 2);
            Put(spans[i].Last - spans[i].First);
        }

        return position;

        void Put(ulong value)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination.AsSpan(position), value | 3UL << 62);
            position += 8;
        }
    }
}
