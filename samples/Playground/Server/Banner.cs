using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Playground;

/// <summary>What the server prints.</summary>
internal static class Banner
{
    public static void Print(IPEndPoint endPoint, int httpPort, X509Certificate2 certificate, string hash)
    {
        // Where there is no IPv6, "localhost" may be an address nobody listens on.
        var dualStack = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        var host = dualStack ? "localhost" : "127.0.0.1";
        Console.WriteLine($"""

              Peregrine playground

              page           http://{host}:{httpPort}
              WebTransport   https://{host}:{endPoint.Port}{Exchange.Paths[0]}   (UDP, {(dualStack ? "IPv6 and IPv4" : "IPv4")})
              certificate    sha-256 {hash}
                             self-signed, ECDSA P-256, in memory, until {certificate.NotAfter.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}

              From Peregrine's own client:
                dotnet run --project samples/Playground -- client https://127.0.0.1:{endPoint.Port}{Exchange.Paths[1]} --hash {hash}

              Ctrl-C ends it.

            """);
    }

    public static void Line(string message) =>
        Console.WriteLine($"  {TimeProvider.System.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {message}");
}
