using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>The server the tests are run against: how to connect to it, and its process if that is known. Immutable.</summary>
internal sealed class BenchTarget
{
    private readonly Uri _url;
    private readonly ReadOnlyMemory<byte> _hash;
    private readonly BenchOptions _options;
    private readonly int? _processId;

    private BenchTarget(Uri url, ReadOnlyMemory<byte> hash, BenchOptions options, int? processId)
    {
        _url = url;
        _hash = hash;
        _options = options;
        _processId = processId;
    }

    /// <summary>A server this program started.</summary>
    public static BenchTarget Of(ServerAnnouncement announcement, BenchOptions options) =>
        new(announcement.Url, announcement.Hash, options, announcement.ProcessId);

    /// <summary>The server the arguments name.</summary>
    public static BenchTarget Of(BenchOptions options)
    {
        ReadOnlyMemory<byte> hash = options.Hash;
        if (options.CertificateFile is not null)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(options.CertificateFile);
            hash = WebTransportCertificate.Hash(certificate);
        }

        return new BenchTarget(options.Url!, hash, options, options.ServerProcessId);
    }

    /// <summary>How many of something a test does: its full number, times the scale of the arguments.</summary>
    public int Scaled(int count) => (int)Math.Max(1, Math.Min(int.MaxValue, count * _options.Scale));

    /// <summary>How long a test sends, in seconds.</summary>
    public double ScaledSeconds(double seconds) => seconds * _options.Scale;

    /// <summary>Opens a session on a connection of its own.</summary>
    public ValueTask<WebTransportSession> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var client = new WebTransportClientOptions { Socket = _options.CreateSocketOptions(), KeepAliveInterval = TimeSpan.FromSeconds(10) };
        if (!_hash.IsEmpty)
            client.ServerCertificateHashes.Add(_hash);
        else if (_options.IsInsecure)
        {
#pragma warning disable CA5359 // What --insecure asks for.
            client.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return WebTransportClient.ConnectAsync(new Uri(_url, path), client, cancellationToken);
    }

    /// <summary>CPU seconds of the server up to now; null when its process is not known.</summary>
    public double? ServerCpuSeconds() => Ask(static process => process.TotalProcessorTime.TotalSeconds);

    /// <summary>Resident memory of the server in bytes; null when its process is not known.</summary>
    public double? ServerResidentBytes() => Ask(static process => process.WorkingSet64);

    private double? Ask(Func<Process, double> question)
    {
        if (_processId is not { } id)
            return null;
        using var process = Process.GetProcessById(id);
        return question(process);
    }
}
