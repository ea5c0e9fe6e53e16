namespace Peregrine.Mutate;

/// <summary>
/// One defence: the line that is it, what stands there when it is taken out, and the test that must notice.
/// <code>
/// # S1: the gaps of a stream are bounded
/// file: src/Peregrine.Quic.Core/Streams/ReceiveStream.cs
/// - the line of the file, without its indentation; it occurs exactly once
/// + what stands there instead (nothing: the line goes)
/// test: Peregrine.Quic.Core.Tests The_name_of_a_test
/// </code>
/// </summary>
internal sealed record Defence(string Title, string File, string Line, string Instead, string Project, string Test, string Place)
{
    /// <summary>The entries of all lists in <paramref name="folder"/>, in order.</summary>
    public static IReadOnlyList<Defence> ReadAll(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal).SelectMany(Read)];

    /// <summary>Why this entry cannot be run as it stands; null when it can.</summary>
    public string? Fault(string root)
    {
        var path = Path.Combine(root, File);
        if (!System.IO.File.Exists(path))
            return $"{Place}: {File} does not exist";
        var count = System.IO.File.ReadLines(path).Count(line => line.Trim() == Line);
        return count == 1 ? null : $"{Place}: the line stands {count} times in {File}, not once: {Line}";
    }

    private static IEnumerable<Defence> Read(string path)
    {
        var name = Path.GetFileName(path);
        var lines = System.IO.File.ReadAllLines(path);
        for (var index = 0; index < lines.Length; index++)
        {
            if (!lines[index].StartsWith("# ", StringComparison.Ordinal))
                continue;
            var place = $"{name}:{index + 1}";
            var entry = lines.Skip(index + 1).TakeWhile(line => !line.StartsWith("# ", StringComparison.Ordinal)).ToArray();
            var test = Value(entry, "test:", place).Split(' ', 2, StringSplitOptions.TrimEntries);
            if (test.Length != 2)
                throw new FormatException($"{place}: 'test:' names a project and a test.");
            yield return new Defence(
                lines[index][2..].Trim(), Value(entry, "file:", place), Value(entry, "-", place), Value(entry, "+", place), test[0], test[1], place);
        }
    }

    private static string Value(string[] entry, string key, string place) =>
        entry.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim() ?? throw new FormatException($"{place}: no line begins with '{key}'.");
}
