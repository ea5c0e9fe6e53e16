using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>A valid ClientHello with the transport parameters that belong to a source connection ID, for forged Initial packets.</summary>
internal static class ClientHelloBytes
{
    public static byte[] Make(byte[] source, ulong seed = 7, TlsClientSettings? settings = null)
    {
        var parameters = new TransportParameters { InitialSourceConnectionId = ConnectionId.FromSpan(source) };
        Span<byte> extension = stackalloc byte[256];
        var length = parameters.Write(extension);
        using var client = new TlsClient(settings ?? SimulatedCryptography.Client(), extension[..length], new TlsCryptography(new SeededRandom(seed)));
        client.Start();
        while (client.TryTakeEvent(out var taken))
        {
            if (taken.Kind == TlsEventKind.WriteBytes)
                return taken.Data.ToArray();
        }

        throw new InvalidOperationException("The client wrote no ClientHello.");
    }
}
