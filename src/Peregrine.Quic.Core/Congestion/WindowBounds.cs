namespace Peregrine.Quic.Core;

/// <summary>The limits of a congestion window, in bytes, for one datagram size (RFC 9002 §7.2).</summary>
internal readonly record struct WindowBounds(int MaxDatagramSize, ulong Initial, ulong Minimum, ulong Maximum)
{
    public static WindowBounds For(CongestionSettings settings, int maxDatagramSize)
    {
        var datagram = (ulong)maxDatagramSize;
        var minimum = 2 * datagram;
        var initial = Math.Min((ulong)settings.InitialWindowPackets * datagram, Math.Max(minimum, 14_720));
        return new WindowBounds(maxDatagramSize, initial, minimum, Math.Max((ulong)settings.MaxWindowPackets * datagram, initial));
    }
}
