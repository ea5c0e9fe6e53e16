namespace Peregrine.WebTransport.Tests;

public sealed class DraftNegotiationTests
{
    private const ulong Connect = 0x08, Datagram = 0x33, OldDatagram = 0xffd277, Enable02 = 0x2b603742, Sessions07 = 0xc671706a;

    [Fact]
    public void Each_draft_is_announced_by_its_own_setting() =>
        Assert.Equal(new Dictionary<ulong, ulong> { [OldDatagram] = 1, [Enable02] = 1, [Sessions07] = 16 },
            DraftNegotiation.LocalSettings(16).ToDictionary());

    public static TheoryData<ulong[], bool, string?> Peers() => new()
    {
        // What Chromium 156 and Firefox ESR 153 send, seen by a server.
        { [Datagram, OldDatagram, Enable02], false, "Draft02" },
        { [Enable02, OldDatagram, Datagram, Connect], false, "Draft02" },
        { [Datagram, OldDatagram, Enable02, Sessions07], false, "Draft07" },
        { [Datagram, Sessions07], false, "Draft07" },
        { [Sessions07], false, null },
        { [Datagram], false, null },
        { [], false, null },

        // Servers, seen by a client.
        { [Connect, Datagram, Enable02, Sessions07], true, "Draft07" },
        { [Connect, OldDatagram, Sessions07], true, "Draft07" },
        { [Connect, Datagram, Enable02], true, "Draft02" },
        { [Datagram, Enable02, Sessions07], true, "Draft02" },
        { [Enable02], true, "Draft02" },
        { [Datagram, Sessions07], true, null },
        { [Connect, Datagram], true, null },

        // Drafts 13 and 15 are not spoken yet.
        { [Connect, Datagram, 0x14e9cd29], true, null },
        { [Connect, Datagram, 0x2c7cf000], true, null },
    };

    [Theory]
    [MemberData(nameof(Peers))]
    public void The_highest_draft_of_both_wins(ulong[] peer, bool peerIsServer, string? draft) =>
        Assert.Equal(draft, DraftNegotiation.Choose(id => peer.Contains(id) ? 1UL : 0, peerIsServer)?.ToString());
}
