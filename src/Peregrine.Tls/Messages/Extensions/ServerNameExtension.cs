using System.Net;
using System.Text;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// server_name (RFC 6066 §3). Names are kept in lower case, so that everything that looks one up compares alike (robustness H18).
/// </summary>
internal static class ServerNameExtension
{
    // struct {
    //     NameType name_type;             host_name(0)
    //     opaque HostName<1..2^16-1>;
    // } ServerName;
    // ServerName server_name_list<1..2^16-1>;
    private const byte HostNameType = 0;
    private const int MaxHostNameLength = 255;

    /// <summary>Only DNS names are sent: never an address (RFC 6066 §3).</summary>
    public static bool MayBeSent(string name) =>
        name.Length is > 0 and <= MaxHostNameLength && IsHostName(Encoding.ASCII.GetBytes(name))
        && !name.Contains(':', StringComparison.Ordinal) && !IPAddress.TryParse(name, out _);

    public static void Write(MessageWriter writer, string name)
    {
        using (writer.BeginExtension(ExtensionType.ServerName))
        using (writer.BeginVector16())
        {
            writer.Byte(HostNameType);
            writer.Vector16(Encoding.ASCII.GetBytes(name.ToLowerInvariant()));
        }
    }

    /// <summary>
    /// Reads the client's list. <paramref name="name"/> is null when it names an address, which some clients send against the rules.
    /// </summary>
    public static PeerMisbehavior? Read(ReadOnlySpan<byte> data, out string? name)
    {
        name = null;
        var reader = new SpanReader(data);
        if (!reader.TryReadVector16(out var list) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedServerName;
        var entries = new SpanReader(list);
        // One type of name exists, and a list may hold one name of each type: one entry.
        if (!entries.TryReadByte(out var type) || type != HostNameType
            || !entries.TryReadVector16(out var host) || host.IsEmpty || !entries.IsAtEnd)
        {
            return PeerMisbehavior.MalformedServerName;
        }

        if (host.Length > MaxHostNameLength || !IsHostName(host))
            return PeerMisbehavior.InvalidServerName;
        var text = Encoding.ASCII.GetString(host).ToLowerInvariant();
        if (IPAddress.TryParse(text, out _))
            return null;
        name = text;
        return text.Contains(':', StringComparison.Ordinal) ? PeerMisbehavior.InvalidServerName : null;
    }

    // Letters, digits, hyphens, underscores (which exist in practice) and single dots between labels; colons let an IPv6 literal pass as
    // an address.
    private static bool IsHostName(ReadOnlySpan<byte> name)
    {
        byte previous = (byte)'.';
        foreach (var value in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)value) && value is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)':'))
                return false;
            if (value == '.' && previous == '.')
                return false;
            previous = value;
        }

        return previous != '.';
    }
}
