using System.Security.Cryptography;
using System.Text.Json;
using Peregrine.Samples;
using Peregrine.WebTransport;

namespace FileDrop;

/// <summary>
/// Sends one file, with a bar that counts what the server has acknowledged, and ends when it has everything and the checksum is right.
/// </summary>
internal static class Sender
{
    public static async Task<int> RunAsync(string path, Uri url, byte[] hash)
    {
        await using var file = File.OpenRead(path);
        await using var session = await WebTransportClient.ConnectAsync(url, new() { ServerCertificateHashes = { hash } });
        await using var stream = await session.OpenBidirectionalStreamAsync();
        var offer = new Offer(Path.GetFileName(path), file.Length, File.GetLastWriteTimeUtc(path).Ticks.ToString("x"));
        await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(offer, Protocol.Default.Offer), (byte)'\n']);
        var first = await ReadAsync(stream);
        if (first.Offset is not { } offset)
        {
            Console.Error.WriteLine($"The server refuses it: {first.Refused}");
            return 1;
        }

        var line = stream.BytesAcknowledged;
        file.Position = offset;
        var sending = SendAsync(file, stream);
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(sending, Task.Delay(100));
            Show(offset + stream.BytesAcknowledged - line, file.Length);
        }

        await sending;
        Show(file.Length, file.Length);
        Console.WriteLine();
        return await CheckAsync(file, stream);
    }

    private static async Task SendAsync(FileStream file, WebTransportStream stream)
    {
        await file.CopyToAsync(stream);
        await stream.CompleteAsync(); // everything has arrived, the end too
    }

    private static async Task<int> CheckAsync(FileStream file, WebTransportStream stream)
    {
        var report = await ReadAsync(stream);
        while (report.Sha256 is null)
            report = await ReadAsync(stream);
        file.Position = 0;
        var same = report.Sha256 == Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
        Console.WriteLine(same ? $"complete, sha-256 {report.Sha256}" : "the checksums differ");
        return same ? 0 : 1;
    }

    private static async Task<Report> ReadAsync(WebTransportStream stream) =>
        JsonSerializer.Deserialize(await Lines.ReadAsync(stream.Input) ?? throw new InvalidDataException("The server said no more."), Protocol.Default.Report)!;

    private static void Show(long done, long all)
    {
        const int Width = 40;
        var share = all == 0 ? 1 : Math.Clamp((double)done / all, 0, 1);
        Console.Write($"\r  [{new string('█', (int)(share * Width)).PadRight(Width, '·')}] {share,5:p0} of {all:n0} bytes acknowledged ");
    }
}
