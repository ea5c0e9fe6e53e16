namespace Peregrine.Http3;

/// <summary>Which streams that may be opened once only the peer has opened, ever (RFC 9114 §6.2.1, RFC 9204 §4.2). Thread-safe.</summary>
internal sealed class UniqueStreams
{
    private int _claimed;

    /// <summary>Notes that a stream of this type was opened; throws when it is the second.</summary>
    public void Claim(ulong type)
    {
        var bit = 1 << (int)type;
        if ((Interlocked.Or(ref _claimed, bit) & bit) != 0)
            throw Http3Exception.OnConnection(Http3ErrorCode.StreamCreationError, $"The peer opened a second {NameOf(type)} stream.");
    }

    private static string NameOf(ulong type) => type switch
    {
        StreamType.Control => "control",
        StreamType.QpackEncoder => "QPACK encoder",
        _ => "QPACK decoder",
    };
}
