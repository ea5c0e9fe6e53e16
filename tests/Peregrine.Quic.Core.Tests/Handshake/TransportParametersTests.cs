using System.Net;

namespace Peregrine.Quic.Core.Tests;

// RFC 9000 §18, RFC 9221 §3, RFC 9368 §3
public sealed class TransportParametersTests
{
    private static readonly byte[] Token = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Fact]
    public void What_one_side_writes_the_other_reads()
    {
        var written = Full();
        var bytes = new byte[1000];
        var length = written.Write(bytes);
        Assert.Equal(written.Length, length);
        var read = Parse(bytes.AsSpan(0, length).ToArray(), fromServer: true);

        Assert.Equal(30_000UL, read.MaxIdleTimeout);
        Assert.Equal(1472UL, read.MaxUdpPayloadSize);
        Assert.Equal(FrameCase.Max, read.InitialMaxData);
        Assert.Equal(5UL, read.InitialMaxStreamDataBidiLocal);
        Assert.Equal(6UL, read.InitialMaxStreamDataBidiRemote);
        Assert.Equal(7UL, read.InitialMaxStreamDataUni);
        Assert.Equal(1UL << 60, read.InitialMaxStreamsBidi);
        Assert.Equal(103UL, read.InitialMaxStreamsUni);
        Assert.Equal(20UL, read.AckDelayExponent);
        Assert.Equal(16383UL, read.MaxAckDelay);
        Assert.True(read.DisableActiveMigration);
        Assert.Equal(8UL, read.ActiveConnectionIdLimit);
        Assert.Equal(65536UL, read.MaxDatagramFrameSize);
        Assert.True(read.ResetStreamAt);
        Assert.Equal(Hex.Id("01"), read.InitialSourceConnectionId);
        Assert.Equal(Hex.Id("0202"), read.OriginalDestinationConnectionId);
        Assert.Equal(ConnectionId.Empty, read.RetrySourceConnectionId);
        Assert.Equal(StatelessResetToken.FromSpan(Token), read.StatelessResetToken);
        Assert.Equal(written.PreferredAddress, read.PreferredAddress);
        Assert.Equal(1u, read.VersionInformation!.Chosen);
        Assert.Equal([1u], read.VersionInformation.Available);
        Assert.Null(read.ReservedId);
    }

    [Fact]
    public void Every_parameter_is_written_as_the_independent_encoder_writes_it()
    {
        AssertWritten(new() { MaxIdleTimeout = 30_000 }, 0x01UL, 4UL, 30_000UL);
        AssertWritten(new() { MaxUdpPayloadSize = 1200 }, 0x03UL, 2UL, 1200UL);
        AssertWritten(new() { InitialMaxData = 1 << 20 }, 0x04UL, 4UL, 1UL << 20);
        AssertWritten(new() { InitialMaxStreamDataBidiLocal = 1 }, 0x05UL, 1UL, 1UL);
        AssertWritten(new() { InitialMaxStreamDataBidiRemote = 2 }, 0x06UL, 1UL, 2UL);
        AssertWritten(new() { InitialMaxStreamDataUni = 3 }, 0x07UL, 1UL, 3UL);
        AssertWritten(new() { InitialMaxStreamsBidi = 100 }, 0x08UL, 2UL, 100UL);
        AssertWritten(new() { InitialMaxStreamsUni = 103 }, 0x09UL, 2UL, 103UL);
        AssertWritten(new() { AckDelayExponent = 0 }, 0x0aUL, 1UL, 0UL);
        AssertWritten(new() { MaxAckDelay = 0 }, 0x0bUL, 1UL, 0UL);
        AssertWritten(new() { DisableActiveMigration = true }, 0x0cUL, 0UL);
        AssertWritten(new() { ActiveConnectionIdLimit = 8 }, 0x0eUL, 1UL, 8UL);
        AssertWritten(new() { InitialSourceConnectionId = ConnectionId.Empty }, 0x0fUL, 0UL);
        AssertWritten(new() { RetrySourceConnectionId = Hex.Id("0a0b") }, 0x10UL, 2UL, Hex.Bytes("0a0b"));
        AssertWritten(new() { OriginalDestinationConnectionId = Hex.Id("0a0b") }, 0x00UL, 2UL, Hex.Bytes("0a0b"));
        AssertWritten(new() { StatelessResetToken = StatelessResetToken.FromSpan(Token) }, 0x02UL, 16UL, Token);
        AssertWritten(new() { MaxDatagramFrameSize = 65535 }, 0x20UL, 4UL, 65535UL);
        AssertWritten(new() { VersionInformation = VersionInformation.OnlyV1 }, 0x11UL, 8UL, Hex.Bytes("00000001 00000001"));
        AssertWritten(new() { ResetStreamAt = true }, 0x1dUL, 0UL, 0x17f7586d2cb571UL, 0UL);
        AssertWritten(new() { ReservedId = 27 }, 27UL, 4UL, Hex.Bytes("0000001b"));
        AssertWritten(new());
    }

    [Fact]
    public void What_is_absent_has_the_RFCs_default()
    {
        var read = Parse([], fromServer: false);
        Assert.Equal(65527UL, read.MaxUdpPayloadSize);
        Assert.Equal(3UL, read.AckDelayExponent);
        Assert.Equal(25UL, read.MaxAckDelay);
        Assert.Equal(2UL, read.ActiveConnectionIdLimit);
        Assert.Equal(0UL, read.InitialMaxData);
        Assert.Equal(0UL, read.MaxDatagramFrameSize);
        Assert.True(read.IdleTimeout.IsInfinite);
        Assert.False(read.ResetStreamAt);
        Assert.Null(read.InitialSourceConnectionId);
    }

    // Robustness V2
    [Theory]
    [InlineData("0100")]
    [InlineData("0b00")]
    [InlineData("010100", true)]
    [InlineData("010200 00")]
    [InlineData("0101 40")]
    [InlineData("01")]
    [InlineData("0104 00")]
    [InlineData("40")]
    [InlineData("01 40")]
    [InlineData("0102 4000", true)]
    [InlineData("01ffffffffffffffff 00")]
    [InlineData("010100 010100")]
    [InlineData("1d00 1d00")]
    [InlineData("1d00 c017f7586d2cb57100", true)]
    [InlineData("1d01 00")]
    [InlineData("c017f7586d2cb57101 01")]
    [InlineData("0c01 00")]
    [InlineData("0c00", true)]
    [InlineData("0302 44af")]
    [InlineData("0302 44b0", true)]
    [InlineData("0a01 14", true)]
    [InlineData("0a01 15")]
    [InlineData("0b02 7fff", true)]
    [InlineData("0b04 80004000")]
    [InlineData("0e01 01")]
    [InlineData("0e01 02", true)]
    [InlineData("0808 d000000000000000", true)]
    [InlineData("0808 d000000000000001")]
    [InlineData("0908 d000000000000001")]
    [InlineData("0f15 000000000000000000000000000000000000000000")]
    [InlineData("0f14 0000000000000000000000000000000000000000", true)]
    [InlineData("1100")]
    [InlineData("1103 000000")]
    [InlineData("1104 00000001", true)]
    [InlineData("1105 0000000100")]
    [InlineData("1104 00000000")]
    [InlineData("1108 00000001 00000000")]
    [InlineData("2000")]
    [InlineData("2001 00", true)]
    [InlineData("1b02 abcd 1b00")]
    [InlineData("1b02 abcd 3a00", true)]
    [InlineData("ffffffffffffffff 00", true)]
    public void Malformed_doubled_and_out_of_range_parameters_are_refused(string bytes, bool valid = false)
    {
        Assert.Equal(valid, TransportParameters.TryParse(Hex.Bytes(bytes), fromServer: false, out var parameters, out var fault));
        Assert.Equal(valid, parameters is not null);
        Assert.Equal(valid ? null : (ulong)TransportErrorCode.TransportParameterError, fault?.Code);
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("0210 000102030405060708090a0b0c0d0e0f")]
    [InlineData("1000")]
    [InlineData("0d2a 7f000001 1151 00000000000000000000000000000000 0000 01 aa 000102030405060708090a0b0c0d0e0f")]
    public void A_client_does_not_send_what_only_servers_send(string bytes)
    {
        Assert.True(TransportParameters.TryParse(Hex.Bytes(bytes), fromServer: true, out _, out _));
        Assert.False(TransportParameters.TryParse(Hex.Bytes(bytes), fromServer: false, out _, out var fault));
        Assert.Equal((ulong)TransportErrorCode.TransportParameterError, fault.Code);
    }

    [Theory]
    [InlineData("0d29 7f000001 1151 00000000000000000000000000000000 0000 00 000102030405060708090a0b0c0d0e0f")]
    [InlineData("0d3e 7f000001 1151 00000000000000000000000000000000 0000 15 000000000000000000000000000000000000000000 000102030405060708090a0b0c0d0e0f")]
    [InlineData("0d29 7f000001 1151 00000000000000000000000000000000 0000 01 aa 000102030405060708090a0b0c0d0e")]
    [InlineData("0d2b 7f000001 1151 00000000000000000000000000000000 0000 01 aa 000102030405060708090a0b0c0d0e0f 00")]
    [InlineData("0f00 0d2a 7f000001 1151 00000000000000000000000000000000 0000 01 aa 000102030405060708090a0b0c0d0e0f")]
    [InlineData("020f 000102030405060708090a0b0c0d0e")]
    [InlineData("0211 000102030405060708090a0b0c0d0e0f10")]
    [InlineData("0015 000000000000000000000000000000000000000000")]
    public void A_servers_malformed_parameters_are_refused(string bytes) =>
        Assert.False(TransportParameters.TryParse(Hex.Bytes(bytes), fromServer: true, out _, out _));

    [Fact]
    public void A_preferred_address_may_lack_one_family()
    {
        var bytes = Hex.Bytes("0d2a 7f000001 1151 00000000000000000000000000000000 0000 01 aa 000102030405060708090a0b0c0d0e0f");
        var read = Parse(bytes, fromServer: true);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 4433), read.PreferredAddress!.IPv4);
        Assert.Null(read.PreferredAddress.IPv6);
        Assert.Equal(Hex.Id("aa"), read.PreferredAddress.ConnectionId);
    }

    // Robustness V3
    [Fact]
    public void Every_integer_parameter_at_its_boundaries_is_taken_or_refused_as_the_RFC_says()
    {
        var maxima = new Dictionary<ulong, ulong> { [0x08] = 1UL << 60, [0x09] = 1UL << 60, [0x0a] = 20, [0x0b] = 16383 };
        var minima = new Dictionary<ulong, ulong> { [0x03] = 1200, [0x0e] = 2 };
        foreach (var id in (ulong[])[1, 3, 4, 5, 6, 7, 8, 9, 0x0a, 0x0b, 0x0e, 0x20])
        {
            foreach (var value in FrameCase.Boundaries)
            {
                var valid = value <= maxima.GetValueOrDefault(id, FrameCase.Max) && value >= minima.GetValueOrDefault(id);
                var bytes = FrameBytes.Of(id, (ulong)FrameBytes.VarInt(value).Length, value);
                Assert.Equal(valid, TransportParameters.TryParse(bytes, fromServer: true, out var read, out _));
                if (valid)
                    Assert.True(read!.IdleTimeout >= Wire.Duration.Zero && read.AckDelay >= Wire.Duration.Zero);
            }
        }
    }

    // RFC 9000 §7.3
    [Fact]
    public void The_connection_ids_must_be_those_of_the_packets()
    {
        var server = new TransportParameters
        {
            InitialSourceConnectionId = Hex.Id("01"),
            OriginalDestinationConnectionId = Hex.Id("02"),
            RetrySourceConnectionId = Hex.Id("03"),
        };
        Assert.Null(server.CheckConnectionIds(Hex.Id("01"), Hex.Id("02"), Hex.Id("03")));
        AssertParameterError(server.CheckConnectionIds(Hex.Id("ff"), Hex.Id("02"), Hex.Id("03")));
        AssertParameterError(server.CheckConnectionIds(Hex.Id("01"), Hex.Id("ff"), Hex.Id("03")));
        AssertParameterError(server.CheckConnectionIds(Hex.Id("01"), Hex.Id("02"), Hex.Id("ff")));
        AssertParameterError(server.CheckConnectionIds(Hex.Id("01"), Hex.Id("02"), null));

        // Absent is not the same as empty.
        AssertParameterError(new TransportParameters().CheckConnectionIds(ConnectionId.Empty, null, null));
        var empty = new TransportParameters { InitialSourceConnectionId = ConnectionId.Empty };
        Assert.Null(empty.CheckConnectionIds(ConnectionId.Empty, null, null));
        AssertParameterError(empty.CheckConnectionIds(ConnectionId.Empty, null, ConnectionId.Empty));
    }

    // RFC 9368 §4; robustness H13
    [Theory]
    [InlineData("1108 00000001 00000001", false, null)]
    [InlineData("1108 00000001 00000001", true, null)]
    [InlineData("1104 00000001", true, null)]
    [InlineData("1104 00000001", false, (ulong)0x08)]
    [InlineData("110c 00000001 1a2a3a4a 00000001", false, null)]
    [InlineData("1108 00000002 00000002", false, (ulong)0x11)]
    [InlineData("1108 00000002 00000001", true, (ulong)0x11)]
    [InlineData("", true, null)]
    public void The_chosen_version_must_be_the_one_in_use(string bytes, bool fromServer, ulong? code) =>
        Assert.Equal(code, Parse(Hex.Bytes(bytes), fromServer).CheckVersion(QuicVersion.V1, fromServer)?.Code);

    [Fact]
    public void Reserved_identifiers_have_the_form_of_the_RFC()
    {
        foreach (var random in (ulong[])[0, 1, 12345, ulong.MaxValue])
        {
            var id = TransportParameterId.MakeReserved(random);
            Assert.True(TransportParameterId.IsReserved(id));
            Assert.Equal(27UL, id % 31);
        }

        Assert.False(TransportParameterId.IsReserved(TransportParameterId.ResetStreamAt));
    }

    // Robustness V2
    [Fact]
    public void Mutated_parameters_are_read_or_refused_without_an_exception()
    {
        var random = new Random(18);
        var seed = new byte[Full().Length];
        Full().Write(seed);
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = (byte[])seed.Clone();
            for (var count = random.Next(1, 5); count > 0; count--)
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)random.Next(0x22);
            var start = random.Next(4) == 0 ? random.Next(bytes.Length) : 0;
            var fromServer = random.Next(4) != 0;
            var valid = TransportParameters.TryParse(bytes.AsSpan(start..), fromServer, out var parameters, out var fault);
            Assert.Equal(valid, parameters is not null);
            Assert.Equal(valid, fault is null);
            if (valid)
                Assert.True(parameters!.Write(new byte[parameters.Length]) == parameters.Length);
        }
    }

    private static TransportParameters Full() => new()
    {
        MaxIdleTimeout = 30_000,
        MaxUdpPayloadSize = 1472,
        InitialMaxData = FrameCase.Max,
        InitialMaxStreamDataBidiLocal = 5,
        InitialMaxStreamDataBidiRemote = 6,
        InitialMaxStreamDataUni = 7,
        InitialMaxStreamsBidi = 1UL << 60,
        InitialMaxStreamsUni = 103,
        AckDelayExponent = 20,
        MaxAckDelay = 16383,
        DisableActiveMigration = true,
        ActiveConnectionIdLimit = 8,
        MaxDatagramFrameSize = 65536,
        ResetStreamAt = true,
        InitialSourceConnectionId = Hex.Id("01"),
        OriginalDestinationConnectionId = Hex.Id("0202"),
        RetrySourceConnectionId = ConnectionId.Empty,
        StatelessResetToken = StatelessResetToken.FromSpan(Token),
        PreferredAddress = new PreferredAddress(
            new IPEndPoint(IPAddress.Loopback, 4433),
            new IPEndPoint(IPAddress.IPv6Loopback, 4434),
            Hex.Id("aabb"),
            StatelessResetToken.FromSpan(Token)),
        VersionInformation = VersionInformation.OnlyV1,
        ReservedId = TransportParameterId.MakeReserved(7),
    };

    private static TransportParameters Parse(byte[] bytes, bool fromServer)
    {
        Assert.True(TransportParameters.TryParse(bytes, fromServer, out var parameters, out var fault), fault?.Reason);
        return parameters;
    }

    private static void AssertWritten(TransportParameters parameters, params object[] parts)
    {
        var bytes = new byte[parameters.Length];
        Assert.Equal(bytes.Length, parameters.Write(bytes));
        Assert.Equal(Hex.Text(FrameBytes.Of(parts)), Hex.Text(bytes));
    }

    private static void AssertParameterError(QuicFault? fault) =>
        Assert.Equal((ulong)TransportErrorCode.TransportParameterError, fault?.Code);
}
