using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

internal sealed partial class TransportParameters
{
    //   Transport Parameter {
    //     Transport Parameter ID (i),
    //     Transport Parameter Length (i),
    //     Transport Parameter Value (..),
    //   }

    /// <summary>Different identifiers that are told apart without allocating; honest peers send fewer.</summary>
    private const int UsualIds = 64;

    /// <summary>Reads a peer's parameters; anything malformed, doubled, forbidden or out of range is TRANSPORT_PARAMETER_ERROR.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> source, bool fromServer,
        [NotNullWhen(true)] out TransportParameters? parameters, [NotNullWhen(false)] out QuicFault? fault)
    {
        var parsed = new TransportParameters();
        var reader = new SpanReader(source);
        Span<ulong> seen = stackalloc ulong[UsualIds];
        var seenCount = 0;
        HashSet<ulong>? more = null; // it grows with the bytes received, which the CRYPTO buffer bounds
        parameters = null;
        while (!reader.IsAtEnd)
        {
            if (!(reader.TryReadVarInt(out var id) && reader.TryReadVarIntPrefixed(out var value)))
            {
                fault = QuicFault.TransportParameter("The transport parameters end inside one of them.");
                return false;
            }

            // RFC 9000 §7.4
            var isNew = !seen[..seenCount].Contains(id);
            if (isNew && seenCount < seen.Length)
                seen[seenCount++] = id;
            else if (isNew)
                isNew = (more ??= []).Add(id);
            if (!isNew)
            {
                fault = QuicFault.TransportParameter($"Transport parameter {TransportParameterId.NameOf(id)} occurs twice.");
                return false;
            }

            if (!fromServer && IsServerOnly(id))
            {
                fault = QuicFault.TransportParameter($"Only a server sends {TransportParameterId.NameOf(id)}.");
                return false;
            }

            if (!parsed.TrySet(id, value))
            {
                fault = QuicFault.TransportParameter($"{TransportParameterId.NameOf(id)} is malformed or out of range.");
                return false;
            }
        }

        if (parsed is { PreferredAddress: not null, InitialSourceConnectionId.IsEmpty: true })
        {
            fault = QuicFault.TransportParameter("A server with a zero-length connection ID cannot have a preferred_address.");
            return false;
        }

        parameters = parsed;
        fault = null;
        return true;
    }

    private static bool IsServerOnly(ulong id) =>
        id is TransportParameterId.OriginalDestinationConnectionId or TransportParameterId.StatelessResetToken
            or TransportParameterId.PreferredAddress or TransportParameterId.RetrySourceConnectionId;

    /// <summary>Takes one value; false when it is malformed or out of range. Unknown ones are skipped (RFC 9000 §7.4.2).</summary>
    private bool TrySet(ulong id, ReadOnlySpan<byte> value)
    {
        if (TransportParameterRule.TryFind(id, out var rule))
        {
            // One varint and nothing else.
            var read = VarInt.TryRead(value, out var number, out var length) && length == value.Length && rule.Allows(number);
            if (read)
                SetInteger(id, number);
            return read;
        }

        switch (id)
        {
            case TransportParameterId.DisableActiveMigration:
                DisableActiveMigration = value.IsEmpty;
                return value.IsEmpty;
            case TransportParameterId.ResetStreamAt or TransportParameterId.ResetStreamAtDraft07:
                ResetStreamAt = value.IsEmpty;
                return value.IsEmpty;
            case TransportParameterId.InitialSourceConnectionId:
                InitialSourceConnectionId = ReadConnectionId(value);
                return InitialSourceConnectionId is not null;
            case TransportParameterId.OriginalDestinationConnectionId:
                OriginalDestinationConnectionId = ReadConnectionId(value);
                return OriginalDestinationConnectionId is not null;
            case TransportParameterId.RetrySourceConnectionId:
                RetrySourceConnectionId = ReadConnectionId(value);
                return RetrySourceConnectionId is not null;
            case TransportParameterId.StatelessResetToken:
                if (value.Length != Core.StatelessResetToken.Size)
                    return false;
                StatelessResetToken = Core.StatelessResetToken.FromSpan(value);
                return true;
            case TransportParameterId.PreferredAddress:
                PreferredAddress = Core.PreferredAddress.Read(value);
                return PreferredAddress is not null;
            case TransportParameterId.VersionInformation:
                VersionInformation = Core.VersionInformation.Read(value);
                return VersionInformation is not null;
            default:
                return true;
        }
    }

    private static ConnectionId? ReadConnectionId(ReadOnlySpan<byte> value) => ConnectionId.TryFromSpan(value, out var id) ? id : null;
}
