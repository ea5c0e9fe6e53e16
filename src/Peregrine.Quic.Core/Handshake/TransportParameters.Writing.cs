using Peregrine.Wire;

namespace Peregrine.Quic.Core;

internal sealed partial class TransportParameters
{
    private const int ReservedValueLength = 4;

    /// <summary>The encoded length.</summary>
    public int Length
    {
        get
        {
            var length = 0;
            foreach (var rule in TransportParameterRule.Integers)
            {
                if (Integer(rule.Id) != rule.Default)
                    length += EntryLength(rule.Id, VarInt.Length(Integer(rule.Id)));
            }

            if (DisableActiveMigration)
                length += EntryLength(TransportParameterId.DisableActiveMigration, 0);
            if (ResetStreamAt)
                length += EntryLength(TransportParameterId.ResetStreamAt, 0) + EntryLength(TransportParameterId.ResetStreamAtDraft07, 0);
            if (InitialSourceConnectionId is { } initial)
                length += EntryLength(TransportParameterId.InitialSourceConnectionId, initial.Length);
            if (OriginalDestinationConnectionId is { } original)
                length += EntryLength(TransportParameterId.OriginalDestinationConnectionId, original.Length);
            if (RetrySourceConnectionId is { } retry)
                length += EntryLength(TransportParameterId.RetrySourceConnectionId, retry.Length);
            if (StatelessResetToken is not null)
                length += EntryLength(TransportParameterId.StatelessResetToken, Core.StatelessResetToken.Size);
            if (PreferredAddress is { } preferred)
                length += EntryLength(TransportParameterId.PreferredAddress, preferred.Length);
            if (VersionInformation is { } versions)
                length += EntryLength(TransportParameterId.VersionInformation, versions.Length);
            if (ReservedId is { } reserved)
                length += EntryLength(reserved, ReservedValueLength);
            return length;
        }
    }

    /// <summary>Writes what differs from the defaults and returns the bytes used: <see cref="Length"/>.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        foreach (var rule in TransportParameterRule.Integers)
        {
            if (Integer(rule.Id) == rule.Default)
                continue;
            WriteEntry(ref writer, rule.Id, VarInt.Length(Integer(rule.Id)));
            writer.WriteVarInt(Integer(rule.Id));
        }

        if (DisableActiveMigration)
            WriteEntry(ref writer, TransportParameterId.DisableActiveMigration, 0);
        if (ResetStreamAt)
        {
            WriteEntry(ref writer, TransportParameterId.ResetStreamAt, 0);
            WriteEntry(ref writer, TransportParameterId.ResetStreamAtDraft07, 0);
        }

        WriteConnectionId(ref writer, TransportParameterId.InitialSourceConnectionId, InitialSourceConnectionId);
        WriteConnectionId(ref writer, TransportParameterId.OriginalDestinationConnectionId, OriginalDestinationConnectionId);
        WriteConnectionId(ref writer, TransportParameterId.RetrySourceConnectionId, RetrySourceConnectionId);
        if (StatelessResetToken is { } token)
        {
            WriteEntry(ref writer, TransportParameterId.StatelessResetToken, Core.StatelessResetToken.Size);
            writer.WriteBytes(token.Span);
        }

        if (PreferredAddress is { } preferred)
        {
            WriteEntry(ref writer, TransportParameterId.PreferredAddress, preferred.Length);
            preferred.Write(ref writer);
        }

        if (VersionInformation is { } versions)
        {
            WriteEntry(ref writer, TransportParameterId.VersionInformation, versions.Length);
            versions.Write(ref writer);
        }

        if (ReservedId is { } reserved)
        {
            WriteEntry(ref writer, reserved, ReservedValueLength);
            writer.WriteUInt32((uint)(reserved & uint.MaxValue));
        }

        return writer.Position;
    }

    private static int EntryLength(ulong id, int valueLength) => VarInt.Length(id) + LengthPrefix.Of(valueLength) + valueLength;

    private static void WriteEntry(ref SpanWriter writer, ulong id, int valueLength)
    {
        writer.WriteVarInt(id);
        writer.WriteVarInt((ulong)valueLength);
    }

    private static void WriteConnectionId(ref SpanWriter writer, ulong id, ConnectionId? value)
    {
        if (value is not { } connectionId)
            return;
        WriteEntry(ref writer, id, connectionId.Length);
        writer.WriteBytes(connectionId.Span);
    }
}
