using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>What an address is for. Every connection has it as a feature.</summary>
/// <param name="IsAdmin">Whether it is the admin endpoint.</param>
/// <param name="Function">The function whose Listen address it is; null for a shared address.</param>
/// <param name="MayBeTls">Whether TLS may be spoken there; false if it is known to be plain HTTP.</param>
internal sealed record Listener(bool IsAdmin, Function? Function, bool MayBeTls)
{
    private volatile Function? _function = Function;

    /// <summary>Whether bytes are passed on there as they are.</summary>
    public bool IsBytes { get; init; }

    /// <summary>The functions that share the address by server names, or null if they do not.</summary>
    public ServerNames? Names { get; init; }

    /// <summary>The function whose Listen address it is. A reload may give the address to another one, which then gets the next request of open connections.</summary>
    public Function? Function
    {
        get => _function;
        internal set => _function = value;
    }

    /// <summary>The admin endpoint. If it speaks TLS, Kestrel alone is concerned with that, because no function is woken there.</summary>
    public static Listener Admin { get; } = new(IsAdmin: true, Function: null, MayBeTls: false);

    /// <summary>A shared address.</summary>
    public static Listener Shared { get; } = new(IsAdmin: false, Function: null, MayBeTls: true);
}
