using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Peregrine.Bench;

/// <summary>What the program was asked to do, read from its arguments and checked. Immutable once parsed.</summary>
internal sealed class BenchOptions
{
    public BenchCommand Command { get; private set; }

    /// <summary>The tests to run, in the order of <see cref="BenchTests.All"/>.</summary>
    public IReadOnlyList<BenchTest> Tests { get; private set; } = BenchTests.All;

    public Uri? Url { get; private set; }

    public byte[]? Hash { get; private set; }

    public string? CertificateFile { get; private set; }

    public string? KeyFile { get; private set; }

    public int Port { get; private set; }

    public int? ServerProcessId { get; private set; }

    public double Scale { get; private set; } = 1;

    public TimeSpan Timeout { get; private set; } = TimeSpan.FromMinutes(2);

    public bool IsJson { get; private set; }

    public bool IsInsecure { get; private set; }

    public bool IsPortable { get; private set; }

    public bool ExitsWithInput { get; private set; }

    public static bool TryParse(string[] args, [NotNullWhen(true)] out BenchOptions? options, [NotNullWhen(false)] out string? problem)
    {
        var parsed = new BenchOptions();
        options = parsed;
        var words = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var option = args[i];
            if (!option.StartsWith('-'))
            {
                words.Add(option);
            }
            else if (!parsed.TrySwitch(option))
            {
                if (!TakesValue(option))
                {
                    problem = $"There is no option {option}.";
                    return false;
                }

                if (++i == args.Length || !parsed.TryValue(option, args[i]))
                {
                    problem = $"{option} wants {Wanted(option)}.";
                    return false;
                }
            }
        }

        problem = parsed.TakeWords(words) ?? parsed.Contradiction();
        return problem is null;
    }

    private static bool TakesValue(string option) =>
        option is "--url" or "--hash" or "--cert" or "--key" or "--port" or "--server-pid" or "--scale" or "--timeout";

    private static string Wanted(string option) => option switch
    {
        "--url" => "an address that begins with https://",
        "--hash" => "a SHA-256 hash: 64 hexadecimal digits",
        "--cert" or "--key" => "a PEM file that exists",
        "--port" => "a number from 0 to 65535",
        "--scale" => "a number above 0 and up to 100",
        "--timeout" => "a number of seconds from 1 to 3600",
        _ => "the number of a process",
    };

    private bool TrySwitch(string option)
    {
        switch (option)
        {
            case "--json":
                return IsJson = true;
            case "--insecure":
                return IsInsecure = true;
            case "--portable":
                return IsPortable = true;
            case "--exit-with-input":
                return ExitsWithInput = true;
            case "--help" or "-h" or "-?":
                Command = BenchCommand.Help;
                return true;
            default:
                return false;
        }
    }

    private bool TryValue(string option, string value)
    {
        switch (option)
        {
            case "--url":
                Url = Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "https" ? url : null;
                return Url is not null;
            case "--hash":
                Hash = ParseHash(value);
                return Hash is not null;
            case "--cert":
                CertificateFile = value;
                return File.Exists(value);
            case "--key":
                KeyFile = value;
                return File.Exists(value);
            case "--port" when TryNumber(value, 0, ushort.MaxValue, out var port):
                Port = port;
                return true;
            case "--server-pid" when TryNumber(value, 1, int.MaxValue, out var id):
                ServerProcessId = id;
                return true;
            case "--timeout" when TryNumber(value, 1, 3600, out var seconds):
                Timeout = TimeSpan.FromSeconds(seconds);
                return true;
            case "--scale" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) && scale is > 0 and <= 100:
                Scale = scale;
                return true;
            default:
                return false;
        }
    }

    private string? TakeWords(List<string> words)
    {
        if (Command == BenchCommand.Help)
            return null;
        if (words is ["server", ..] or ["client", ..])
        {
            Command = words[0] is "server" ? BenchCommand.Server : BenchCommand.Client;
            words.RemoveAt(0);
        }

        if (Command == BenchCommand.Server && words.Count > 0)
            return $"The server answers every test; leave out '{words[0]}'.";
        if (Command == BenchCommand.Both && words.Count == 0)
        {
            Command = BenchCommand.Help;
            return null;
        }

        if (words.Count == 0 || words.Contains("all"))
            words = [.. words.Where(word => word is not "all"), .. BenchTests.All.Select(test => test.Name)];
        var unknown = words.Find(word => !BenchTests.All.Any(test => string.Equals(test.Name, word, StringComparison.Ordinal)));
        Tests = [.. BenchTests.All.Where(test => words.Contains(test.Name))];
        return unknown is null ? null : $"There is no test '{unknown}': {string.Join(", ", BenchTests.All.Select(test => test.Name))}, or all.";
    }

    private string? Contradiction() => Command switch
    {
        BenchCommand.Client when Url is null => "The client wants --url.",
        BenchCommand.Client when KeyFile is not null => "--key is the server's.",
        BenchCommand.Server when Url is not null || Hash is not null => "--url and --hash are the client's.",
        BenchCommand.Server when CertificateFile is null != KeyFile is null => "--cert and --key go together.",
        BenchCommand.Both when Url is not null || Hash is not null || CertificateFile is not null || KeyFile is not null || Port != 0 =>
            "Certificates, ports and addresses are options of 'server' and 'client'; without these words both run here and agree by themselves.",
        _ => null,
    };

    private static bool TryNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;

    // Tools print a hash with colons between its bytes, or without.
    private static byte[]? ParseHash(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal);
        return digits.Length == SHA256.HashSizeInBytes * 2 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }
}
