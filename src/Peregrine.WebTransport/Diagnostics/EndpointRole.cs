namespace Peregrine.WebTransport;

/// <summary>On which side of its sessions an endpoint is.</summary>
internal enum EndpointRole
{
    Client,
    Server,
}
