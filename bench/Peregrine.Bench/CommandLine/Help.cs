namespace Peregrine.Bench;

/// <summary>What <c>--help</c> prints.</summary>
internal static class Help
{
    public const string Text = """
        Peregrine's benchmark: WebTransport over loopback, server and client as two processes.

          Peregrine.Bench all | TEST…           both sides; starts a server process for each test
          Peregrine.Bench client [all | TEST…] --url URL
                                                the client, against any server that speaks the benchmark's protocol
          Peregrine.Bench server                the server; its first line is JSON with url, hash and pid

        Tests
          bulk      512 MiB up and 512 MiB down, on one stream each
          dgram     datagrams of 1,000 bytes for five seconds: as fast as the call allows; waiting for room; echoed
          ping      20,000 round trips of 64 bytes on a stream, then by datagrams
          hs        300 new connections with a session: one after the other, then 16 at once
          streams   20,000 bidirectional streams of 100 bytes, 100 in flight
          idle      1,000 sessions held: the server's resident memory for each

        Options
          --json            print the JSON lines only, no table
          --scale F         F times the work: 0.01 for a quick look, 1 by default
          --timeout N       seconds after which a test is given up, 120 by default
          --portable        plain .NET sockets, even where the kernel can do better

        Options of the client
          --url URL         the server; its path does not matter
          --hash HEX        trust the certificate with this SHA-256 hash
          --cert FILE       trust the certificate in this PEM file, by its hash
          --insecure        trust any certificate
          --server-pid N    the server's process on this machine, for its CPU seconds and its memory

        Options of the server
          --port N          the UDP port; by default one the system chooses
          --cert FILE       the certificate, PEM; without it one is made, valid for 13 days
          --key FILE        its private key, PEM
          --exit-with-input stop when the standard input ends, as well as by Ctrl-C
        """;
}
