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
            var option = args[i];
            switch (option)
            {
                case "--help" or "-h" or "-?":
                    command = new HelpCommand();
                    return true;
                case "--port" when TryPort(args.ElementAtOrDefault(++i), out port):
                case "--http-port" when TryPort(args.ElementAtOrDefault(++i), out httpPort):
                case "--hash" when TryHash(args.ElementAtOrDefault(++i), out hash):
                    break;
                case "--port" or "--http-port":
                    problem = $"{option} wants a number from 1 to 65535.";
                    return false;
                case "--hash":
                    problem = "--hash wants a SHA-256 hash: 64 hexadecimal digits.";
                    return false;
                case ['-', ..]:
                    problem = $"There is no option {option}.";
                    return false;
                default:
                    words.Add(option);
                    break;
            }
        }

        switch (words)
        {
            case [] when hash is null:
                command = new ServeCommand(port, httpPort);
                return true;
            case ["client", var address] when port is null && httpPort is null:
                if (Uri.TryCreate(address, UriKind.Absolute, out var url) && string.Equals(url.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal))
                {
                    command = new ClientCommand(url, hash);
                    return true;
                }

                problem = $"'{address}' is not an https URL.";
                return false;
            case ["client"]:
                problem = "The client wants the server's URL.";
                return false;
            case [] or ["client", _]:
                problem = "These options do not go together: --hash is the client's, the ports are the server's.";
                return false;
            default:
                problem = $"There is no command '{string.Join(' ', words)}'.";
                return false;
        }
    }

    private static bool TryPort(string? text, out int? port)
    {
        port = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue ? number : null;
        return port is not null;
    }

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
