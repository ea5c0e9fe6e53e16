namespace Peregrine.Quic;

/// <summary>What the endpoint's loop needs of a UDP socket, so that a simulated network can stand in its place.</summary>
internal interface IDatagramSocket : IDisposable
{
}
