using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>Tells failures of the layers below, which mean that a session is ending, from mistakes.</summary>
internal static class SessionFailures
{
    public static bool IsTransport(Exception error) => error is QuicException or Http3Exception or ObjectDisposedException;
}
