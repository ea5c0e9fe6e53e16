using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Peregrine.Bench;

/// <summary>
/// The first line a server prints: <c>{"url":"https://127.0.0.1:4433","hash":"…64 hexadecimal digits…","pid":1234}</c>.
/// </summary>
internal sealed record ServerAnnouncement(Uri Url, byte[] Hash, int ProcessId)
{
    public static bool TryParse(string line, [NotNullWhen(true)] out ServerAnnouncement? announcement)
    {
        announcement = null;
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            announcement = new ServerAnnouncement(
                new Uri(root.GetProperty("url").GetString()!),
                Convert.FromHexString(root.GetProperty("hash").GetString()!),
                root.GetProperty("pid").GetInt32());
            return true;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    public string ToLine()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("url", Url.GetLeftPart(UriPartial.Authority));
            json.WriteString("hash", Convert.ToHexStringLower(Hash));
            json.WriteNumber("pid", ProcessId);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
