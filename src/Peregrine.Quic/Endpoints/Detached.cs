namespace Peregrine.Quic;

/// <summary>
/// Makes what lives longer than the call that happens to make it, such as a timer, without that caller's execution context: its
/// AsyncLocals,
/// activity and log scopes are none of the others' business.
/// </summary>
internal static class Detached
{
    public static T Make<T>(Func<T> make)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return make();
        using (ExecutionContext.SuppressFlow())
            return make();
    }
}
