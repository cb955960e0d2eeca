using System.Collections.Frozen;
using Gateway.Activation;
using Gateway.Configuration;

namespace Gateway.Signals;

/// <summary>
/// Finds the function that a server name belongs to, by the hosts of the routes to the function's cluster. A name that two functions share
/// (by different paths) belongs to neither, because a ClientHello cannot tell them apart.
/// </summary>
internal sealed class HostNames(FunctionRegistry registry)
{
    private FrozenDictionary<string, string?> _functions = FrozenDictionary<string, string?>.Empty;

    /// <summary>Takes the host names of a configuration in the place of those before.</summary>
    public void Update(GatewayOptions options) =>
        Volatile.Write(ref _functions, Owners(options).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));

    /// <summary>Returns the function of each host name and <c>*.</c> pattern; null for a name that several functions have.</summary>
    internal static Dictionary<string, string?> Owners(GatewayOptions options)
    {
        var names = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in options.Functions.Values)
        {
            foreach (var host in function.Hosts)
            {
                names[host] = names.TryGetValue(host, out var other) && other != function.Name ? null : function.Name;
            }
        }

        return names;
    }

    /// <summary>Finds the function of a name, as ASP.NET Core's host matching does: by the name itself, then by the wildcard of each parent domain (<c>*.example.com</c>).</summary>
    public Function? Find(string serverName)
    {
        var names = Volatile.Read(ref _functions);
        if (names.Count == 0)
        {
            return null;
        }

        if (names.TryGetValue(serverName, out var function))
        {
            return Resolve(function);
        }

        for (var dot = serverName.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = serverName.IndexOf('.', dot + 1))
        {
            if (names.TryGetValue($"*{serverName[dot..]}", out function))
            {
                return Resolve(function);
            }
        }

        return null;
    }

    private Function? Resolve(string? name) => name is not null && registry.TryGet(name, out var function) ? function : null;
}
