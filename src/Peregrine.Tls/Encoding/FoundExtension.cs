namespace Peregrine.Tls;

/// <summary>The data of an extension, borrowed from its message; the default value is an extension that is not there.</summary>
internal readonly ref struct FoundExtension(ReadOnlySpan<byte> data)
{
    public bool IsPresent { get; } = true;

    public ReadOnlySpan<byte> Data { get; } = data;
}
