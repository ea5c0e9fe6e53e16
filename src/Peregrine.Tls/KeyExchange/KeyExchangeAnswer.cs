namespace Peregrine.Tls;

/// <summary>The server's half of a key exchange: the key_exchange it sends and the secret both ends now share.</summary>
internal readonly record struct KeyExchangeAnswer(byte[] Share, byte[] SharedSecret);
