using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace FileDrop;

/// <summary>The first line of a stream: which file is offered, and how long it is.</summary>
/// <param name="Name">The file's name, shown and not used as a path.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Version">Whatever changes when the file does, its time say: a file is resumed only if name, size and version are the
/// same.</param>
internal sealed record Offer(string Name, long Size, string Version)
{
    private const long LargestFile = 4L << 30;

    [JsonIgnore]
    public bool IsSound => Name is { Length: > 0 and <= 255 } && Version is { Length: <= 64 } && Size is >= 0 and <= LargestFile;

    /// <summary>The name under which it is kept: nothing of what the peer wrote becomes part of a path.</summary>
    [JsonIgnore]
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}\n{Size}\n{Version}")))[..32];
}

/// <summary>
/// What the server answers, a line each: where to begin, how far it has come, and at the end the checksum of the whole file.
/// </summary>
internal sealed record Report(long? Offset = null, long? Received = null, string? Sha256 = null, string? Refused = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Offer))]
[JsonSerializable(typeof(Report))]
internal sealed partial class Protocol : JsonSerializerContext;
