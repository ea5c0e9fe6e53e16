using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The threefold limit of RFC 9000 §8.1: until a server knows that the client owns its address, it sends at most three times what it
/// received. Each datagram is credited once, whole, whatever it held; every byte sent is debited.
/// </summary>
internal sealed class AddressValidation(bool isValidated)
{
    private const ulong AmplificationFactor = 3;

    private ulong _received;
    private ulong _sent;

    public bool IsValidated { get; private set; } = isValidated;

    /// <summary>How many bytes may be sent now.</summary>
    public ulong Allowance => IsValidated ? ulong.MaxValue : Math.Max(_received * AmplificationFactor, _sent) - _sent;

    public void OnDatagramReceived(int bytes) => _received += (ulong)bytes;

    public void OnDatagramSent(int bytes) => _sent += (ulong)bytes;

    public void Validate() => IsValidated = true;
}
