using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>What an address is for. Set on every connection as a feature.</summary>
/// <param name="IsAdmin">The admin endpoint.</param>
/// <param name="Function">The function whose Listen address this is; null on a shared address.</param>
/// <param name="MayBeTls">Not known to be plain HTTP.</param>
internal sealed record Listener(bool IsAdmin, Function? Function, bool MayBeTls)
{
    private volatile Function? _function = Function;

    /// <summary>A reload may give the address to another one: connections that are open follow it with their next request.</summary>
    public Function? Function
    {
        get => _function;
        internal set => _function = value;
    }

    public static Listener Shared { get; } = new(IsAdmin: false, Function: null, MayBeTls: true);
}
