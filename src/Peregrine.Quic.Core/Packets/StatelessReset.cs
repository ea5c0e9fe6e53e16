using System.Security.Cryptography;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The datagram that ends a connection whose state is lost (RFC 9000 §10.3): random bytes that end in a token.</summary>
internal static class StatelessReset
{
    //   Stateless Reset {
    //     Fixed Bits (2) = 1,
    //     Unpredictable Bits (38..),
    //     Stateless Reset Token (128),
    //   }

    public const int MinLength = 21;

    /// <summary>Above this, the length of the packet that is answered no longer shows in ours.</summary>
    public const int MaxLength = 43;

    /// <summary>
    /// The length of the answer to a datagram of this length, always shorter, so that two endpoints resetting each other come to an end
    /// (RFC 9000 §10.3.3); 0 when it deserves none.
    /// </summary>
    public static int LengthFor(int triggerLength)
    {
        var length = Math.Min(triggerLength - 1, MaxLength);
        return length < MinLength ? 0 : length;
    }

    /// <summary>Fills all of <paramref name="destination"/>, whose length <see cref="LengthFor"/> gave.</summary>
    public static void Write(Span<byte> destination, in StatelessResetToken token, IRandomSource random)
    {
        var unpredictable = destination[..^StatelessResetToken.Size];
        random.Fill(unpredictable);
        unpredictable[0] = (byte)((unpredictable[0] & 0x3f) | HeaderBits.Fixed);
        token.CopyTo(destination[^StatelessResetToken.Size..]);
    }

    /// <summary>
    /// True when the datagram ends in one of these tokens, which must be only such as the peer has given us. All are compared, each in
    /// constant time.
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> datagram, ReadOnlySpan<StatelessResetToken> tokens)
    {
        if (datagram.Length < MinLength)
            return false;

        var last = datagram[^StatelessResetToken.Size..];
        var found = false;
        for (var i = 0; i < tokens.Length; i++)
            found |= CryptographicOperations.FixedTimeEquals(last, tokens[i].Span);
        return found;
    }
}
