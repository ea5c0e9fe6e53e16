#pragma warning disable MA0002 // names are compared by their code units
using System.Globalization;
using System.Text.RegularExpressions;

namespace Peregrine.Tls.Tests;

public sealed partial class AlertTests
{
    [Fact]
    [Trait("Review", "X9")]
    public void Every_alert_is_called_by_its_name() // RFC 8446 §6
    {
        foreach (var alert in Enum.GetValues<TlsAlert>())
        {
            // The RFC's names are ours in other letters.
            var expected = Capital().Replace(alert.ToString(), "_$0").TrimStart('_').ToLower(CultureInfo.InvariantCulture);
            Assert.Equal(expected, TlsAlerts.NameOf(alert));
        }

        Assert.Equal("alert 255", TlsAlerts.NameOf((TlsAlert)255));
        Assert.Equal(27, Enum.GetValues<TlsAlert>().Length);
    }

    [Fact]
    [Trait("Review", "X9")]
    public void Every_misbehaviour_has_a_sentence_and_an_alert_of_its_own()
    {
        foreach (var misbehavior in Enum.GetValues<PeerMisbehavior>())
        {
            var failure = PeerMisbehaviors.Failure(misbehavior);
            Assert.True(failure.Message.EndsWith('.') && failure.Message.Length > 20, $"{misbehavior}: {failure.Message}");
            Assert.NotEqual("The handshake failed.", failure.Message);
            Assert.True(Enum.IsDefined(failure.Alert));
        }
    }

    [GeneratedRegex("[A-Z]", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Capital();
}
