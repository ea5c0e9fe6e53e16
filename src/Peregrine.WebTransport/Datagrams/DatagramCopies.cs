namespace Peregrine.WebTransport;

/// <summary>Receives datagrams of any length into arrays of their own. One call at a time.</summary>
internal sealed class DatagramCopies(WebTransportSession session)
{
    // Longer than what today's paths carry; a path that carries more costs one exception for each doubling.
    private byte[] _buffer = new byte[2048];

    public async ValueTask<byte[]> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var length = await session.ReceiveDatagramAsync(_buffer, cancellationToken).ConfigureAwait(false);
                return _buffer.AsSpan(0, length).ToArray();
            }
            catch (ArgumentException) when (_buffer.Length < ushort.MaxValue)
            {
                _buffer = new byte[Math.Min(_buffer.Length * 2, ushort.MaxValue)];
            }
        }
    }
}
