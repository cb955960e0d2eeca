using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration.Proxy;

namespace Gateway.Configuration;

/// <summary>
/// Functions as a pass over the configuration read them. What was read from a node is so as long as the node is there, so the
/// next pass reads those that were changed only, and who follows it sees by the reference which they are.
/// </summary>
/// <param name="path">Of the section that holds them, as the user spells it: messages name it.</param>
internal sealed class KnownFunctions(string path)
{
    private readonly Dictionary<ConfigurationNode, KnownFunction> _byNode = [];

    public string Path { get; } = path;

    public void Add(ConfigurationNode node, KnownFunction function) => _byNode.Add(node, function);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownFunction? function) => _byNode.TryGetValue(node, out function);
}

/// <summary>One function, the addresses that it takes, and the policies that it names.</summary>
internal sealed class KnownFunction(FunctionOptions options, IReadOnlyList<ClaimedAddress> claims, IReadOnlyList<PolicyReference> policies)
{
    /// <summary>With the hosts of its routes as they were last.</summary>
    public FunctionOptions Options { get; private set; } = options;

    public IReadOnlyList<ClaimedAddress> Claims { get; } = claims;

    public IReadOnlyList<PolicyReference> Policies { get; } = policies;

    /// <summary>Routes are written elsewhere; while they stay the same, so does the object.</summary>
    public FunctionOptions WithHosts(IReadOnlyList<string> hosts)
    {
        if (!Options.Hosts.SequenceEqual(hosts, StringComparer.Ordinal))
        {
            Options = Options with { Hosts = hosts };
        }

        return Options;
    }
}
