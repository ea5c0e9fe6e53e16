using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// A UDP socket with the offloads of Linux: one call sends up to 64 packets (UDP_SEGMENT), one call receives as many (UDP_GRO), and both
/// say which local address and which ECN bits. It waits in ppoll, which keeps time better than a millisecond. It owns the socket and an
/// eventfd; both go by safe handles, so that a call that comes late cannot meet somebody else's descriptor.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxDatagramSocket : IDatagramSocket
{
    /// <summary>What the kernel takes at least since Linux 4.18 (UDP_MAX_SEGMENTS).</summary>
    private const int KernelMaxSegments = 64;

    /// <summary>Errors of earlier datagrams that one send may be answered with before it is believed to be its own.</summary>
    private const int MaxEarlierErrors = 4;

    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly SafeFileHandle _wake;
    private readonly bool _isIPv6;
    private readonly bool _hearsErrors;
    private volatile bool _segments = true;
    private volatile bool _mayHaveFailures;
    private int _wakePending;

    private LinuxDatagramSocket(Socket socket, SafeFileHandle wake, bool hearsErrors)
    {
        _socket = socket;
        _handle = socket.SafeHandle;
        _wake = wake;
        _hearsErrors = hearsErrors;
        _isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        LocalAddress = NetworkAddress.From((IPEndPoint)socket.LocalEndPoint!);
    }

    public NetworkAddress LocalAddress { get; }

    public int MaxSegments => _segments ? KernelMaxSegments : 1;

    /// <summary>Takes over a bound socket; null, with the socket untouched, where this machine is another kind.</summary>
    public static LinuxDatagramSocket? TryCreate(Socket socket, SocketRole role)
    {
        if (!Environment.Is64BitProcess || !BitConverter.IsLittleEndian)
            return null;
        if (!LinuxSocketOptions.TryEnableOffload(socket))
            return null;

        LinuxSocketOptions.ReceiveEcn(socket);
        if (role == SocketRole.Server)
            LinuxSocketOptions.ReceiveLocalAddress(socket);
        else
            LinuxSocketOptions.ReceiveErrors(socket);
        var wake = LinuxCalls.EventDescriptor(0, LinuxCalls.EventFdNonBlocking | LinuxCalls.EventFdCloseOnExec);
        return wake < 0
            ? null
            : new LinuxDatagramSocket(socket, new SafeFileHandle(wake, ownsHandle: true), hearsErrors: role == SocketRole.Client);
    }

    public void Wait(Duration timeout, bool forRoom)
    {
        // Raw descriptors, since the thread that waits is the one that closes them.
        var descriptors = stackalloc LinuxCalls.PollDescriptor[2];
        descriptors[0] = new LinuxCalls.PollDescriptor
        {
            Descriptor = (int)_handle.DangerousGetHandle(),
            Events = forRoom ? (short)(LinuxCalls.PollIn | LinuxCalls.PollOut) : LinuxCalls.PollIn,
        };
        descriptors[1] = new LinuxCalls.PollDescriptor { Descriptor = (int)_wake.DangerousGetHandle(), Events = LinuxCalls.PollIn };
        var until = new LinuxCalls.TimeSpecification
        {
            Seconds = timeout.Nanoseconds / 1_000_000_000,
            Nanoseconds = timeout.Nanoseconds % 1_000_000_000,
        };
        _ = LinuxCalls.Poll(descriptors, 2, timeout.IsInfinite ? null : &until, null);
        if ((descriptors[0].Returned & LinuxCalls.PollError) != 0)
            _mayHaveFailures = true;
        if ((descriptors[1].Returned & LinuxCalls.PollIn) == 0)
            return;

        // The order matters: a wake between the two ends this wait, a later one writes again.
        ulong count;
        LinuxCalls.Read(_wake, &count, sizeof(ulong));
        Interlocked.Exchange(ref _wakePending, 0);
    }

    public bool TryReceive(Span<byte> buffer, out Reception reception)
    {
        reception = default;
        var read = new ReceivedControl { Local = LocalAddress, Ecn = EcnCodepoint.NotEct };
        var length = ReceiveMessage(buffer, LinuxCalls.DontWait, ref read, out var from);

        // Whatever the kernel reports instead of a datagram is no reason to stop (robustness X3).
        if (length < 0)
            return false;
        if (read.SegmentSize <= 0 || read.SegmentSize > length)
            read.SegmentSize = length; // robustness V5
        reception = new Reception(length, read.SegmentSize, new NetworkPath(read.Local, from), read.Ecn, read.IsToGroup);
        return true;
    }

    public bool TryReceiveFailure(Span<byte> buffer, out FailedDatagram failed)
    {
        failed = default;
        if (!_hearsErrors || !_mayHaveFailures)
            return false;
        var read = default(ReceivedControl);
        _mayHaveFailures = false; // first, so that what comes meanwhile is looked for again
        var length = ReceiveMessage(buffer, LinuxCalls.DontWait | LinuxCalls.ErrorQueue, ref read, out var to);
        if (length < 0)
            return false;
        _mayHaveFailures = true;
        failed = new FailedDatagram(length, to, LinuxErrors.ToSocketError(read.Error));
        return true;
    }

    public SendOutcome Send(ReadOnlySpan<byte> buffer, in Transmission transmission)
    {
        buffer = buffer[..transmission.Length];
        if (transmission.Length > transmission.SegmentSize && _segments)
        {
            var error = SendOnce(buffer, transmission, transmission.SegmentSize);
            if (error is not (LinuxErrors.IO or LinuxErrors.InvalidArgument))
                return OutcomeOf(error, buffer.Length);

            // A device whose checksum offload is off answers EIO to every segmented send. EINVAL has other reasons too, a source address
            // that
            // is gone above all, and then concerns this send alone.
            if (error == LinuxErrors.IO)
                _segments = false;
        }

        var taken = 0;
        var outcome = SendOutcome.All(buffer.Length);
        while (taken < buffer.Length)
        {
            var length = Math.Min(buffer.Length - taken, transmission.SegmentSize);
            var one = OutcomeOf(SendOnce(buffer.Slice(taken, length), transmission, segmentSize: 0), length);
            if (one.Taken == 0)
                return outcome with { Taken = taken };
            if (one.Error != SocketError.Success)
                outcome = outcome with { Error = one.Error };
            taken += length;
        }

        return outcome;
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) != 0)
            return;
        ulong one = 1;
        try
        {
            LinuxCalls.Write(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _wake.Dispose();
    }

    private static SendOutcome OutcomeOf(int error, int length) => error switch
    {
        0 => SendOutcome.All(length),
        LinuxErrors.WouldBlock => default,
        _ => new SendOutcome(length, LinuxErrors.ToSocketError(error)),
    };

    private int ReceiveMessage(Span<byte> buffer, int flags, ref ReceivedControl read, out NetworkAddress address)
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
            var length = LinuxCalls.ReceiveMessage(_handle, &message, flags);
            address = default;
            if (length < 0)
            {
                if (LinuxErrors.MayBeEarlier(Marshal.GetLastPInvokeError()))
                    _mayHaveFailures = true;
                return -1;
            }

            ControlMessages.Read(control[..(int)Math.Min(message.ControlLength, ControlMessages.MaxSize)], ref read);
            address = LinuxSocketAddress.Read(name);
            return (int)length;
        }
    }

    /// <summary>Returns an error number, or 0.</summary>
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
            return SendMessage(&message);
        }
    }

    // What ICMP said about one datagram is the answer to the next call, whoever makes it; asking again tells whether it is this one's.
    private int SendMessage(LinuxCalls.MessageHeader* message)
    {
        var error = 0;
        for (var earlier = 0; earlier <= MaxEarlierErrors;)
        {
            try
            {
                if (LinuxCalls.SendMessage(_handle, message, LinuxCalls.DontWait) >= 0)
                    return 0;
            }
            catch (ObjectDisposedException)
            {
                return LinuxErrors.NetworkDown;
            }

            error = Marshal.GetLastPInvokeError();
            if (error == LinuxErrors.Interrupted)
                continue;
            if (!LinuxErrors.MayBeEarlier(error))
                return error;
            _mayHaveFailures = true;
            earlier++;
        }

        return error;
    }
}
