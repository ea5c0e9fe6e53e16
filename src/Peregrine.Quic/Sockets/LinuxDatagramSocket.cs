using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// A UDP socket with the offloads of Linux: one call sends up to 64 packets (UDP_SEGMENT), one call receives as many (UDP_GRO), and both
/// say which local address and which ECN bits. It waits in ppoll, which keeps time better than a millisecond. It owns the socket and an
/// eventfd.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxDatagramSocket : IDatagramSocket
{
    /// <summary>What the kernel takes at least since Linux 4.18 (UDP_MAX_SEGMENTS).</summary>
    private const int KernelMaxSegments = 64;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly int _wakeDescriptor;
    private readonly bool _isIPv6;
    private volatile bool _segments = true;
    private int _wakePending;
    private bool _disposed;

    private LinuxDatagramSocket(Socket socket, int wakeDescriptor)
    {
        _socket = socket;
        _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        _wakeDescriptor = wakeDescriptor;
        _isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        LocalAddress = NetworkAddress.From((IPEndPoint)socket.LocalEndPoint!);
    }

    public NetworkAddress LocalAddress { get; }

    public int MaxSegments => _segments ? KernelMaxSegments : 1;

    /// <summary>Takes over a bound socket; null, with the socket untouched, where this machine is another kind.</summary>
    public static LinuxDatagramSocket? TryCreate(Socket socket, bool wantsLocalAddress)
    {
        if (!Environment.Is64BitProcess || !BitConverter.IsLittleEndian)
            return null;
        if (!LinuxSocketOptions.TryEnableOffload(socket))
            return null;

        LinuxSocketOptions.ReceiveEcn(socket);
        if (wantsLocalAddress)
            LinuxSocketOptions.ReceiveLocalAddress(socket);
        var wake = LinuxCalls.EventDescriptor(0, LinuxCalls.EventFdNonBlocking | LinuxCalls.EventFdCloseOnExec);
        return wake < 0 ? null : new LinuxDatagramSocket(socket, wake);
    }

    public void Wait(Duration timeout)
    {
        var descriptors = stackalloc LinuxCalls.PollDescriptor[2];
        descriptors[0] = new LinuxCalls.PollDescriptor { Descriptor = _descriptor, Events = LinuxCalls.PollIn };
        descriptors[1] = new LinuxCalls.PollDescriptor { Descriptor = _wakeDescriptor, Events = LinuxCalls.PollIn };
        var until = new LinuxCalls.TimeSpecification
        {
            Seconds = timeout.Nanoseconds / 1_000_000_000,
            Nanoseconds = timeout.Nanoseconds % 1_000_000_000,
        };
        _ = LinuxCalls.Poll(descriptors, 2, timeout.IsInfinite ? null : &until, null);
        if ((descriptors[1].Returned & LinuxCalls.PollIn) == 0)
            return;

        // The order matters: a wake between the two ends this wait, a later one writes again.
        ulong count;
        LinuxCalls.Read(_wakeDescriptor, &count, sizeof(ulong));
        Interlocked.Exchange(ref _wakePending, 0);
    }

    public bool TryReceive(Span<byte> buffer, out Reception reception)
    {
        Span<byte> name = stackalloc byte[LinuxSocketAddress.MaxSize];
        Span<byte> control = stackalloc byte[ControlMessages.MaxSize];
        fixed (byte* bytes = buffer, namePointer = name, controlPointer = control)
        {
            var vector = new LinuxCalls.IoVector { Base = bytes, Length = (nuint)buffer.Length };
            var message = new LinuxCalls.MessageHeader
            {
                Name = namePointer,
                NameLength = LinuxSocketAddress.MaxSize,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlPointer,
                ControlLength = ControlMessages.MaxSize,
            };

            // Whatever the kernel reports instead of a datagram, a spurious ECONNREFUSED above all, is no reason to stop (robustness X3).
            var length = LinuxCalls.ReceiveMessage(_descriptor, &message, LinuxCalls.DontWait);
            if (length < 0)
            {
                reception = default;
                return false;
            }

            var segmentSize = 0;
            var local = LocalAddress;
            var ecn = EcnCodepoint.NotEct;
            ControlMessages.Read(
                control[..(int)Math.Min(message.ControlLength, ControlMessages.MaxSize)], ref segmentSize, ref local, ref ecn);
            if (segmentSize <= 0 || segmentSize > length)
                segmentSize = (int)length; // robustness V5
            reception = new Reception((int)length, segmentSize, new NetworkPath(local, LinuxSocketAddress.Read(name)), ecn);
            return true;
        }
    }

    public void Send(ReadOnlySpan<byte> buffer, in Transmission transmission)
    {
        buffer = buffer[..transmission.Length];
        if (transmission.Length > transmission.SegmentSize && _segments)
        {
            var error = SendOnce(buffer, transmission, transmission.SegmentSize);
            if (error is not (LinuxCalls.IOError or LinuxCalls.InvalidArgumentError))
                return;

            // A device whose checksum offload is off answers EIO to every segmented send.
            _segments = false;
        }

        while (!buffer.IsEmpty)
        {
            var length = Math.Min(buffer.Length, transmission.SegmentSize);
            SendOnce(buffer[..length], transmission, segmentSize: 0);
            buffer = buffer[length..];
        }
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) != 0)
            return;
        ulong one = 1;
        LinuxCalls.Write(_wakeDescriptor, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _socket.Dispose();
        _ = LinuxCalls.Close(_wakeDescriptor);
    }

    private int SendOnce(ReadOnlySpan<byte> buffer, in Transmission transmission, int segmentSize)
    {
        var path = transmission.Path;
        Span<byte> name = stackalloc byte[LinuxSocketAddress.MaxSize];
        Span<byte> control = stackalloc byte[ControlMessages.MaxSize];
        var nameLength = LinuxSocketAddress.Write(name, path.Remote, _isIPv6);
        var controlLength = 0;
        if (segmentSize > 0)
            controlLength += ControlMessages.WriteSegmentSize(control, segmentSize);
        if (!path.Local.IsUnspecified)
            controlLength += ControlMessages.WriteSource(control[controlLength..], path.Local, _isIPv6);
        if (transmission.Ecn != EcnCodepoint.NotEct)
            controlLength += ControlMessages.WriteEcn(control[controlLength..], transmission.Ecn, !path.Remote.IsIPv4);

        fixed (byte* bytes = buffer, namePointer = name, controlPointer = control)
        {
            var vector = new LinuxCalls.IoVector { Base = bytes, Length = (nuint)buffer.Length };
            var message = new LinuxCalls.MessageHeader
            {
                Name = namePointer,
                NameLength = (uint)nameLength,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlLength == 0 ? null : controlPointer,
                ControlLength = (nuint)controlLength,
            };
            while (LinuxCalls.SendMessage(_descriptor, &message, 0) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error != LinuxCalls.InterruptedError)
                    return error;
            }

            return 0;
        }
    }
}
