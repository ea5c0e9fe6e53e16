namespace Peregrine.Wire;

/// <summary>Signed arithmetic that stops at the ends of its range, in checked builds as well.</summary>
internal static class Saturating
{
    public static long Add(long a, long b)
    {
        var sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : sum;
    }

    public static long Subtract(long a, long b)
    {
        var difference = unchecked(a - b);
        return ((a ^ b) & (a ^ difference)) < 0 ? (a < 0 ? long.MinValue : long.MaxValue) : difference;
    }

    public static long Multiply(long a, long b)
    {
        var high = Math.BigMul(a, b, out var low);
        if ((high == 0 && low >= 0) || (high == -1 && low < 0))
            return low;
        return (a < 0) == (b < 0) ? long.MaxValue : long.MinValue;
    }

    public static long Multiply(ulong a, long b) => a > long.MaxValue ? long.MaxValue : Multiply((long)a, b);
}
