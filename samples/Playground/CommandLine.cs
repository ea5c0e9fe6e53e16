using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Playground;

/// <summary>What the program was asked to do.</summary>
internal abstract record Command;

/// <summary>Serve the page and the sessions. A port of null is the usual one, or another if that is taken.</summary>
internal sealed record ServeCommand(int? Port, int? HttpPort) : Command;

/// <summary>Run the exchanges against a server. A hash of null trusts the system's roots.</summary>
internal sealed record ClientCommand(Uri Url, byte[]? Hash) : Command;

/// <summary>Print <see cref="CommandLine.Help"/>.</summary>
internal sealed record HelpCommand : Command;

/// <summary>Reads the arguments.</summary>
internal static class CommandLine
{
    public const string Help = """
        Peregrine playground: WebTransport between a browser and a server in C#.

          dotnet run --project samples/Playground
              Starts a WebTransport server and a page that talks to it.

          dotnet run --project samples/Playground -- client URL [--hash HEX]
              Runs the page's exchanges from Peregrine's own client, and prints a table.
              The exit code is 0 when all of them succeeded.

        Options of the server
          --port N         UDP port of the WebTransport server (4433, or another if taken)
          --http-port N    TCP port of the page (8080, or another if taken)

        Options of the client
          --hash HEX       trust the certificate with this SHA-256 hash

          --help           this text
        """;

    /// <summary>The command, or a sentence that says what is wrong with the arguments.</summary>
    public static bool TryParse(string[] args, [NotNullWhen(true)] out Command? command, [NotNullWhen(false)] out string? problem)
    {
        command = null;
        problem = null;
        int? port = null, httpPort = null;
        byte[]? hash = null;
        var words = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--help" or "-h" or "-?":
                    command = new HelpCommand();
                    return true;
                case "--port" or "--http-port" when !TryPort(args.ElementAtOrDefault(i + 1), out var value):
                    problem = $"{args[i]} wants a number from 1 to 65535.";
                    return false;
                case "--port":
                    port = value;
                    i++;
                    break;
                case "--http-port":
                    httpPort = value;
                    i++;
                    break;
                case "--hash" when !TryHash(args.ElementAtOrDefault(i + 1), out hash):
                    problem = "--hash wants a SHA-256 hash: 64 hexadecimal digits.";
                    return false;
                case "--hash":
                    i++;
                    break;
                case ['-', ..]:
                    problem = $"There is no option {args[i]}.";
                    return false;
                default:
                    words.Add(args[i]);
                    break;
            }
        }

        switch (words)
        {
            case [] when hash is null:
                command = new ServeCommand(port, httpPort);
                return true;
            case ["client", var address] when port is null && httpPort is null:
                if (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps)
                {
                    command = new ClientCommand(url, hash);
                    return true;
                }

                problem = $"'{address}' is not an https URL.";
                return false;
            case ["client"]:
                problem = "The client wants the server's URL.";
                return false;
            default:
                problem = words.Count > 0 && words[0] != "client" ? $"There is no command '{words[0]}'." : "These options do not go together.";
                return false;
        }
    }

    private static bool TryPort(string? text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    // Colons, as some tools print them between the bytes, are welcome.
    private static bool TryHash(string? text, out byte[]? hash)
    {
        hash = null;
        var digits = text?.Replace(":", "", StringComparison.Ordinal) ?? "";
        if (digits.Length != SHA256.HashSizeInBytes * 2 || !digits.All(char.IsAsciiHexDigit))
            return false;
        hash = Convert.FromHexString(digits);
        return true;
    }
}
