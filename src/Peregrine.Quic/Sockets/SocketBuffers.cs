using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Peregrine.Quic;

/// <summary>Says, once in the life of the process, that the system gives less buffer than was asked for, and what to do about it.</summary>
internal static class SocketBuffers
{
    private static int _hasWarned;

    public static void Check(Socket socket, QuicSocketOptions options, ILogger? logger)
    {
        if (logger is null || !logger.IsEnabled(LogLevel.Warning))
            return;
        var received = Granted(socket.ReceiveBufferSize);
        var sent = Granted(socket.SendBufferSize);
        if (received >= options.ReceiveBufferSize && sent >= options.SendBufferSize)
            return;
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
            logger.SmallSocketBuffers(received, options.ReceiveBufferSize, sent, options.SendBufferSize);
    }

    /// <summary>For tests: the warning may come again.</summary>
    internal static void ForgetWarning() => Volatile.Write(ref _hasWarned, 0);

    // Linux says twice what it grants: the other half is for its own bookkeeping (socket(7)).
    private static int Granted(int reported) => OperatingSystem.IsLinux() ? reported / 2 : reported;
}
