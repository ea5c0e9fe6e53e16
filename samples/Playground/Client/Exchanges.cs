using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Peregrine.WebTransport;

namespace Playground;

/// <summary>
/// The client's half of <see cref="Exchange"/>, the same that the page runs. Each checks what comes back, and throws
/// <see cref="InvalidDataException"/> when it is not what it should be.
/// </summary>
internal sealed class Exchanges(WebTransportSession session)
{
    private const int Mebibyte = 1 << 20;
    private const int TransferBytes = 64 * Mebibyte;
    private const int RoundTrips = 500;
    private const int DatagramCount = 200;
    private const int DatagramBytes = 1000;

    private static readonly TimeSpan DatagramPatience = TimeSpan.FromMilliseconds(500);

    public async Task<Measured> EchoAsync(CancellationToken cancellationToken)
    {
        await EchoAsync(Mebibyte, cancellationToken);
        return new Measured("1 MiB and back, unchanged", 2 * Mebibyte);
    }

    public async Task<Measured> ManyStreamsAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EchoAsync(65536, cancellationToken)));
        return new Measured("20 × 64 KiB and back, unchanged", 2 * 20 * 65536);
    }

    public async Task<Measured> UnidirectionalAsync(CancellationToken cancellationToken)
    {
        var content = RandomNumberGenerator.GetBytes(262144);
        await using (var outgoing = await session.OpenUnidirectionalStreamAsync(cancellationToken))
            await outgoing.WriteAsync(content, completeWrites: true, cancellationToken);
        await using var incoming = await session.AcceptUnidirectionalStreamAsync(cancellationToken);
        MustBeSame(content, await ReadToEndAsync(incoming, cancellationToken));
        return new Measured("256 KiB, and back on a stream of the server's", 2 * 262144);
    }

    public async Task<Measured> OpenedByServerAsync(CancellationToken cancellationToken)
    {
        await using (var asking = await session.OpenBidirectionalStreamAsync(cancellationToken))
            await asking.WriteAsync(new[] { Exchange.Open }, completeWrites: true, cancellationToken);
        await using var opened = await session.AcceptBidirectionalStreamAsync(cancellationToken);
        using var reader = new StreamReader(opened, Encoding.UTF8);
        var greeting = await reader.ReadLineAsync(cancellationToken) ?? throw new InvalidDataException("the server said nothing");
        const string Answer = "Heard you, and over the stream you opened.";
        await opened.WriteAsync(Encoding.UTF8.GetBytes(Answer), completeWrites: true, cancellationToken);
        return string.Equals(await reader.ReadToEndAsync(cancellationToken), Answer, StringComparison.Ordinal)
            ? new Measured($"\"{greeting}\"")
            : throw new InvalidDataException("the server did not repeat our answer");
    }

    public async Task<Measured> DatagramsAsync(CancellationToken cancellationToken)
    {
        var size = Math.Min(DatagramBytes, session.MaxDatagramSize);
        var began = Stopwatch.GetTimestamp();
        var receiving = ReceiveAsync(cancellationToken);
        var datagram = RandomNumberGenerator.GetBytes(size);
        for (var i = 0; i < DatagramCount; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(datagram, i);
            await session.SendDatagramAsync(datagram, cancellationToken);
        }

        var (back, last) = await receiving;
        return back > 0
            ? new Measured($"{DatagramCount} of {size} bytes sent, {back} back", 2L * back * size, Stopwatch.GetElapsedTime(began, last))
            : throw new InvalidDataException($"none of {DatagramCount} datagrams came back");

        // Until all are back, or none comes any more.
        async Task<(int Count, long Last)> ReceiveAsync(CancellationToken stop)
        {
            var seen = new HashSet<int>();
            var buffer = new byte[65536];
            var latest = began;
            try
            {
                while (seen.Count < DatagramCount)
                {
                    using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
                    patience.CancelAfter(DatagramPatience);
                    if (await session.ReceiveDatagramAsync(buffer, patience.Token) == size && seen.Add(BinaryPrimitives.ReadInt32LittleEndian(buffer)))
                        latest = Stopwatch.GetTimestamp();
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
            }

            return (seen.Count, latest);
        }
    }

    public async Task<Measured> StreamRoundTripsAsync(CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        await stream.WriteAsync(new[] { Exchange.Echo }, cancellationToken);
        var message = new byte[64];
        var times = new List<TimeSpan>(RoundTrips);
        while (times.Count < RoundTrips)
        {
            var began = Stopwatch.GetTimestamp();
            await stream.WriteAsync(message, cancellationToken);
            await stream.ReadExactlyAsync(message, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(began));
        }

        stream.CompleteWrites();
        return Median(times);
    }

    public async Task<Measured> DatagramRoundTripsAsync(CancellationToken cancellationToken)
    {
        var message = new byte[64];
        var buffer = new byte[65536];
        var times = new List<TimeSpan>(RoundTrips);
        for (var i = 0; i < RoundTrips; i++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(DatagramPatience);
            BinaryPrimitives.WriteInt32LittleEndian(message, -1 - i);
            var began = Stopwatch.GetTimestamp();
            await session.SendDatagramAsync(message, cancellationToken);
            try
            {
                while (await session.ReceiveDatagramAsync(buffer, patience.Token) != message.Length || !message.AsSpan().SequenceEqual(buffer.AsSpan(0, message.Length)))
                {
                    // A late one of another exchange.
                }

                times.Add(Stopwatch.GetElapsedTime(began));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // A datagram may get lost; too many may not.
            }
        }

        return times.Count > RoundTrips / 2 ? Median(times) : throw new InvalidDataException($"only {times.Count} of {RoundTrips} datagrams came back");
    }

    public async Task<Measured> UploadAsync(CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        await stream.WriteAsync(new[] { Exchange.Upload }, cancellationToken);
        for (var sent = 0; sent < TransferBytes; sent += Exchange.Block.Length)
            await stream.WriteAsync(Exchange.Block, cancellationToken);
        stream.CompleteWrites();
        var count = new byte[sizeof(ulong)];
        await stream.ReadExactlyAsync(count, cancellationToken);
        var counted = BinaryPrimitives.ReadUInt64LittleEndian(count);
        return counted == TransferBytes
            ? new Measured("64 MiB, counted by the server", TransferBytes)
            : throw new InvalidDataException($"the server counted {counted} bytes of {TransferBytes}");
    }

    public async Task<Measured> DownloadAsync(CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        var command = new byte[1 + sizeof(ulong)];
        command[0] = Exchange.Download;
        BinaryPrimitives.WriteUInt64LittleEndian(command.AsSpan(1), TransferBytes);
        await stream.WriteAsync(command, completeWrites: true, cancellationToken);
        var buffer = new byte[Exchange.Block.Length];
        var received = 0L;
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            received += read;
        return received == TransferBytes
            ? new Measured("64 MiB, counted by the client", TransferBytes)
            : throw new InvalidDataException($"{received} bytes of {TransferBytes} arrived");
    }

    public async Task<Measured> CloseByServerAsync(CancellationToken cancellationToken)
    {
        const uint Code = 42;
        const string Reason = "you asked for it";
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        var command = new byte[1 + sizeof(uint) + Reason.Length];
        command[0] = Exchange.Close;
        BinaryPrimitives.WriteUInt32LittleEndian(command.AsSpan(1), Code);
        Encoding.UTF8.GetBytes(Reason, command.AsSpan(1 + sizeof(uint)));
        await stream.WriteAsync(command, completeWrites: true, cancellationToken);
        var how = await session.Closed.WaitAsync(cancellationToken);
        return how is { Initiator: WebTransportCloseInitiator.Peer, Code: Code, Reason: Reason }
            ? new Measured($"code {how.Code}, \"{how.Reason}\"")
            : throw new InvalidDataException($"closed otherwise than asked: {how}");
    }

    public async Task<Measured> CloseByClientAsync(CancellationToken cancellationToken)
    {
        const uint Code = 7;
        const string Reason = "that will do";
        await session.CloseAsync(Code, Reason, cancellationToken);
        var how = await session.Closed.WaitAsync(cancellationToken);
        return how is { Initiator: WebTransportCloseInitiator.Local, Code: Code, Reason: Reason }
            ? new Measured($"code {how.Code}, \"{how.Reason}\"")
            : throw new InvalidDataException($"closed otherwise than meant: {how}");
    }

    private static Measured Median(List<TimeSpan> times)
    {
        times.Sort();
        return new Measured($"p50 of {times.Count}; p99 {ResultTable.Duration(times[times.Count * 99 / 100])}", Time: times[times.Count / 2]);
    }

    private static void MustBeSame(byte[] sent, byte[] back)
    {
        if (!sent.AsSpan().SequenceEqual(back))
            throw new InvalidDataException($"{back.Length} bytes came back, and not the {sent.Length} that were sent");
    }

    private static async Task<byte[]> ReadToEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    private async Task EchoAsync(int length, CancellationToken cancellationToken)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        var reading = ReadToEndAsync(stream, cancellationToken);
        await stream.WriteAsync(new[] { Exchange.Echo }, cancellationToken);
        await stream.WriteAsync(content, completeWrites: true, cancellationToken);
        MustBeSame(content, await reading);
    }
}
