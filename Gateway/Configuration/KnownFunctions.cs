using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration.Proxy;

namespace Gateway.Configuration;

/// <summary>
/// The functions that a pass over the configuration read, by their nodes. A node never changes, so the next pass takes over the function of a node
/// that is still there and reads only the others. Listeners tell by the reference which functions have changed.
/// </summary>
/// <param name="path">The path of the section as the user spells it. Messages name it, so nothing is taken over if the spelling changes.</param>
internal sealed class KnownFunctions(string path)
{
    private readonly Dictionary<ConfigurationNode, KnownFunction> _byNode = [];

    public string Path { get; } = path;

    public void Add(ConfigurationNode node, KnownFunction function) => _byNode.Add(node, function);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownFunction? function) => _byNode.TryGetValue(node, out function);
}

/// <summary>One function that was read, the addresses that it takes, and the policies that it names.</summary>
internal sealed class KnownFunction(FunctionOptions options, IReadOnlyList<ClaimedAddress> claims, IReadOnlyList<PolicyReference> policies)
{
    /// <summary>The function, with what was last said of it elsewhere.</summary>
    public FunctionOptions Options { get; private set; } = options;

    public IReadOnlyList<ClaimedAddress> Claims { get; } = claims;

    public IReadOnlyList<PolicyReference> Policies { get; } = policies;

    /// <summary>Returns the function with what is written of it elsewhere. It is the same object as long as that is the same.</summary>
    /// <param name="hosts">The hosts of its routes.</param>
    /// <param name="isJob">Whether another function waits for the end of its program.</param>
    public FunctionOptions With(IReadOnlyList<string> hosts, bool isJob)
    {
        if (Options.IsJob != isJob || !Options.Hosts.SequenceEqual(hosts, StringComparer.Ordinal))
        {
            Options = Options with { Hosts = hosts, IsJob = isJob };
        }

        return Options;
    }
}
