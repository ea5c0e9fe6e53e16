using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>Finished (RFC 8446 §4.4.4).</summary>
internal static class Finished
{
    // struct {
    //     opaque verify_data[Hash.length];
    // } Finished;

    public static byte[] Write(CipherSuite suite, ReadOnlySpan<byte> trafficSecret, ReadOnlySpan<byte> transcriptHash)
    {
        var writer = new MessageWriter();
        Span<byte> verifyData = stackalloc byte[CipherSuites.HashLength(suite)];
        KeySchedule.VerifyData(suite, trafficSecret, transcriptHash, verifyData);
        using (writer.BeginMessage(HandshakeType.Finished))
            writer.Bytes(verifyData);
        return writer.ToArray();
    }

    public static PeerMisbehavior? Check(
        ReadOnlySpan<byte> body, CipherSuite suite, ReadOnlySpan<byte> trafficSecret, ReadOnlySpan<byte> transcriptHash)
    {
        if (body.Length != CipherSuites.HashLength(suite))
            return PeerMisbehavior.MalformedFinished;
        Span<byte> expected = stackalloc byte[body.Length];
        KeySchedule.VerifyData(suite, trafficSecret, transcriptHash, expected);
        return CryptographicOperations.FixedTimeEquals(body, expected) ? null : PeerMisbehavior.WrongFinished;
    }
}
