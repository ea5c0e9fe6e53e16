using System.Diagnostics;
using Peregrine.Mutate;

// Takes one defence out at a time and looks whether its test notices: dotnet run --project tests/mutate -- [--list] [WORD…]
// Words choose entries whose title, list or test holds one of them. docs in README.md beside this file.
var limit = TimeSpan.FromSeconds(90);
var root = FindRoot();
var words = args.Where(word => !word.StartsWith("--", StringComparison.Ordinal)).ToArray();
var defences = Defence.ReadAll(Path.Combine(root, "tests", "mutate"))
    .Where(entry => words.Length == 0 || words.Any(word => $"{entry.Title} {entry.Place} {entry.Test}".Contains(word, StringComparison.OrdinalIgnoreCase)))
    .ToList();
var faults = defences.Select(entry => entry.Fault(root)).OfType<string>().ToList();
foreach (var fault in faults)
    Console.WriteLine(fault);
if (args.Contains("--list"))
{
    foreach (var entry in defences)
        Console.WriteLine($"{entry.Place,-24} {entry.Title}");
    return faults.Count;
}

if (faults.Count > 0)
    return 1;

var place = new Workplace(root);
place.Refresh();
if (!UnchangedTestsPass())
    return 1;

var survived = 0;
for (var index = 0; index < defences.Count; index++)
{
    var entry = defences[index];
    Console.Write($"{index + 1}/{defences.Count} {entry.Title} … ");
    var (caught, outcome) = TakeOut(entry);
    Console.WriteLine(outcome);
    survived += caught ? 0 : 1;
}

Console.WriteLine($"{defences.Count - survived} of {defences.Count} defences are guarded.");
return survived == 0 ? 0 : 1;

bool UnchangedTestsPass()
{
    var passes = true;
    foreach (var group in defences.GroupBy(entry => entry.Project, StringComparer.Ordinal))
    {
        var (built, errors) = place.Build(group.Key);
        if (!built)
        {
            Console.WriteLine($"{group.Key} does not build:\n{errors}");
            return false;
        }

        foreach (var name in group.Select(entry => entry.Test).Distinct(StringComparer.Ordinal))
        {
            var (code, output) = place.Test(group.Key, [name], limit);
            if (code == 0)
                continue;
            Console.WriteLine($"{group.Key} {name} does not pass on the unchanged code ({(code is null ? "it did not end" : $"exit code {code}")}):\n{FirstComplaint(output)}");
            passes = false;
        }
    }

    return passes;
}

(bool Caught, string Outcome) TakeOut(Defence entry)
{
    var path = Path.Combine(place.Folder, entry.File);
    var original = File.ReadAllText(path);
    var lines = original.Split('\n');
    var at = Array.FindIndex(lines, line => line.Trim() == entry.Line);
    var indentation = lines[at][..^lines[at].TrimStart().Length];
    lines[at] = entry.Instead.Length == 0 ? "" : indentation + entry.Instead;
    File.WriteAllText(path, string.Join('\n', lines));
    try
    {
        var (built, errors) = place.Build(entry.Project);
        if (!built)
            return (false, "DOES NOT BUILD: " + (errors.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? "").Trim());
        var clock = Stopwatch.StartNew();
        var (code, output) = place.Test(entry.Project, [entry.Test], limit);
        return code switch
        {
            null => (false, $"HANGS: {entry.Test} did not end within {limit.TotalSeconds} s"),
            0 => (false, $"SURVIVES: {entry.Test} passes without it"),
            2 => (true, $"caught in {clock.Elapsed.TotalSeconds:F1} s: {FirstComplaint(output)}"),
            _ => (false, $"BREAKS: {entry.Test} ended with exit code {code}: {FirstComplaint(output)}"),
        };
    }
    finally
    {
        File.WriteAllText(path, original);
    }
}

static string FirstComplaint(string output)
{
    var lines = output.Split('\n').Select(line => line.Trim()).ToList();
    var failed = lines.FindIndex(line => line.StartsWith("failed ", StringComparison.Ordinal));
    var complaint = lines.Skip(failed + 1).FirstOrDefault(line => line.Length > 0) ?? "";
    return complaint.Length > 160 ? complaint[..160] + "…" : complaint;
}

static string FindRoot()
{
    var folder = new DirectoryInfo(Environment.CurrentDirectory);
    while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Peregrine.slnx")))
        folder = folder.Parent;
    return folder?.FullName ?? throw new InvalidOperationException("Run this inside the checkout: Peregrine.slnx was not found above the current folder.");
}
