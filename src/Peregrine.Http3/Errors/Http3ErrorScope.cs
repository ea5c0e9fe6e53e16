namespace Peregrine.Http3;

/// <summary>How far an error reaches (RFC 9114 §8).</summary>
public enum Http3ErrorScope
{
    /// <summary>One stream ends; the connection goes on.</summary>
    Stream,

    /// <summary>The whole connection ends.</summary>
    Connection,
}
