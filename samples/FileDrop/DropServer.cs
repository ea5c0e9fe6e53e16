using System.Security.Cryptography;
using System.Text.Json;
using Peregrine.Samples;
using Peregrine.WebTransport;

namespace FileDrop;

/// <summary>
/// One bidirectional stream a file. The client offers it in a line; the server says from where on it wants the bytes (a part that came
/// earlier is
/// kept), reports how far it has come, and ends with the checksum of all.
/// </summary>
internal sealed class DropServer(string folder)
{
    private const int ReportEvery = 256 * 1024;

    public async Task ServeAsync(WebTransportRequest request, CancellationToken cancellationToken)
    {
        if (request.Path != "/drop")
        {
            await request.RejectAsync(404, cancellationToken);
            return;
        }

        await using var session = await request.AcceptAsync(cancellationToken);
        SampleServer.Line($"{session.RemoteEndPoint} is here");
        var files = new List<Task>();
        await foreach (var stream in session.AcceptBidirectionalStreamsAsync(cancellationToken))
            files.Add(TakeAsync(stream, cancellationToken));
        await Task.WhenAll(files);
        SampleServer.Line($"{session.RemoteEndPoint} has left: {(await session.Closed).Reason}");
    }

    private async Task TakeAsync(WebTransportStream stream, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            try
            {
                var line = await Lines.ReadAsync(stream.Input, cancellationToken);
                var offer = line is null ? null : JsonSerializer.Deserialize(line, Protocol.Default.Offer);
                if (offer is not { IsSound: true })
                {
                    await TellAsync(stream, new Report(Refused: "An offer has a name, a size of at most 4 GiB, and a version."), cancellationToken);
                    return;
                }

                await using var part = File.Open(Path.Combine(folder, offer.Key + ".part"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                await TakeAsync(offer, part, stream, cancellationToken);
            }
            catch (Exception error) when (error is WebTransportException or InvalidDataException or JsonException or IOException)
            {
                // What has come stays, and the next attempt goes on from there.
                SampleServer.Line($"a file stopped: {error.Message}");
            }
        }
    }

    private async Task TakeAsync(Offer offer, FileStream part, WebTransportStream stream, CancellationToken cancellationToken)
    {
        using var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        for (int length; (length = await part.ReadAsync(buffer, cancellationToken)) > 0;)
            checksum.AppendData(buffer, 0, length);
        var received = part.Position;
        SampleServer.Line($"{offer.Name}: {offer.Size:n0} bytes, from {received:n0} on");
        await TellAsync(stream, new Report(Offset: received), cancellationToken);

        var reported = received;
        while (received < offer.Size)
        {
            var length = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, offer.Size - received)), cancellationToken);
            if (length == 0)
                throw new InvalidDataException($"{offer.Name} ended after {received:n0} of {offer.Size:n0} bytes.");
            await part.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
            checksum.AppendData(buffer, 0, length);
            received += length;
            if (received - reported >= ReportEvery)
                await TellAsync(stream, new Report(Received: reported = received), cancellationToken);
        }

        // The end belongs to the file: who stops reading before it tells the sender to stop.
        if (await stream.ReadAsync(buffer.AsMemory(0, 1), cancellationToken) > 0)
            throw new InvalidDataException($"{offer.Name} goes on after its {offer.Size:n0} bytes.");

        var sum = Convert.ToHexStringLower(checksum.GetHashAndReset());
        await TellAsync(stream, new Report(Received: received, Sha256: sum), cancellationToken);
        stream.CompleteWrites();
        SampleServer.Line($"{offer.Name}: complete, sha-256 {sum[..16]}…");
    }

    private static ValueTask TellAsync(WebTransportStream stream, Report report, CancellationToken cancellationToken) =>
        stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(report, Protocol.Default.Report), (byte)'\n'], cancellationToken);
}
