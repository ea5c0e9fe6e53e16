using System.Security.Cryptography;

namespace Peregrine.Tls.Tests;

public sealed class HkdfLabelTests
{
    // RFC 9001 §A.1: the client's Initial secret and the keys derived from it.
    [Theory]
    [InlineData("quic key", "1f369613dd76d5467730efcbe3b1a22d")]
    [InlineData("quic iv", "fa044b2f42a3fd3b46fb255c")]
    [InlineData("quic hp", "9f50449e04a0e810283a1e9933adedd2")]
    public void Expands_the_labels_of_RFC_9001_appendix_A(string label, string expected)
    {
        var secret = Convert.FromHexString("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
        var output = new byte[expected.Length / 2];

        HkdfLabel.Expand(HashAlgorithmName.SHA256, secret, System.Text.Encoding.ASCII.GetBytes(label), default, output);

        Assert.Equal(expected, Convert.ToHexStringLower(output));
    }
}
