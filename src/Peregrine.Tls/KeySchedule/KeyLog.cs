using System.Text;

namespace Peregrine.Tls;

/// <summary>Lines of the NSS key log format, without line ends. They hold secrets: made only where the settings ask for them.</summary>
internal static class KeyLog
{
    public const string ClientHandshakeTrafficSecret = "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
    public const string ServerHandshakeTrafficSecret = "SERVER_HANDSHAKE_TRAFFIC_SECRET";
    public const string ClientTrafficSecret0 = "CLIENT_TRAFFIC_SECRET_0";
    public const string ServerTrafficSecret0 = "SERVER_TRAFFIC_SECRET_0";
    public const string ExporterSecret = "EXPORTER_SECRET";

    public static byte[] Line(string label, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> secret) =>
        Encoding.ASCII.GetBytes($"{label} {Convert.ToHexStringLower(clientRandom)} {Convert.ToHexStringLower(secret)}");
}
