using System.Text;
using System.Text.Json;

namespace Peregrine.Bench;

/// <summary>What a test gave: the parts that were finished, and why it ended early if it did.</summary>
internal sealed record TestResult(string Test, IReadOnlyList<TestPart> Parts, string? Failure)
{
    /// <summary>One line of JSON: an object for each part, under the part's name.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("test", Test);
            foreach (var part in Parts)
                Write(json, part);
            json.WriteNumber("client_cpu_seconds", Math.Round(Parts.Sum(part => part.ClientCpuSeconds), 3));
            if (Parts.All(part => part.ServerCpuSeconds is not null))
                json.WriteNumber("server_cpu_seconds", Math.Round(Parts.Sum(part => part.ServerCpuSeconds ?? 0), 3));
            if (Failure is not null)
                json.WriteString("failure", Failure);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, TestPart part)
    {
        json.WriteStartObject(part.Name);
        foreach (var figure in part.Figures)
            json.WriteNumber(figure.Name, Math.Round(figure.Value, 3));
        json.WriteNumber("seconds", Math.Round(part.Seconds, 3));
        json.WriteNumber("client_cpu_seconds", Math.Round(part.ClientCpuSeconds, 3));
        if (part.ServerCpuSeconds is { } server)
            json.WriteNumber("server_cpu_seconds", Math.Round(server, 3));
        json.WriteEndObject();
    }
}
