using System.Buffers;
using System.IO.Pipelines;

namespace Peregrine.Http3;

/// <summary>Reads the peer's control stream (RFC 9114 §6.2.1): the loop around <see cref="ControlFrames"/>.</summary>
internal sealed class ControlStreamReceiver(Http3Connection connection) : IControlFrameSink
{
    private long _priorityUpdates;

    public bool PeerTakesQuicDatagrams => connection.Transport.PeerSupportsDatagrams;

    public async Task RunAsync(PipeReader input)
    {
        var frames = new ControlFrames(connection.IsServer, this);
        while (true)
        {
            var result = await CriticalStream.ReadAsync(input, "control").ConfigureAwait(false);
            var buffer = result.Buffer;
            frames.Read(ref buffer);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                throw CriticalStream.Closed("control");
        }
    }

    public void OnSettings(Http3Settings settings) => connection.OnPeerSettings(settings);

    public void OnGoAway(long id) => connection.OnGoAway(id);

    // RFC 9218 §7: two for each request are common; what goes beyond is churn.
    public void OnPriorityUpdate()
    {
        if (++_priorityUpdates > 2 * connection.RequestsSeen)
            OnGlitch("PRIORITY_UPDATE frames");
    }

    public void OnGlitch(string what) => connection.Limits.Glitches.Spend(what);
}
