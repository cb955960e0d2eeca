using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Policies;
using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// The last good configuration, for Kestrel, which reads an <see cref="IConfiguration"/> of its own. It changes only
/// after all of it was found good; the raw configuration would let Kestrel act on half of a bad file, and open an address
/// that moves between an endpoint and a function before the other side has closed it.
/// </summary>
internal sealed class ValidatedConfiguration : IDisposable
{
    private const string AuthenticationSection = "Authentication";

    private readonly TreeProvider _kestrel = new();
    private readonly TreeProvider _authentication = new();
    private readonly ConfigurationRoot _kestrelRoot;
    private readonly ConfigurationRoot _authenticationRoot;
    private (GatewayOptions Options, ConfigurationNode Root) _last;
    private bool _steered;

    internal ValidatedConfiguration(GatewayOptions options, ConfigurationNode root)
    {
        _kestrelRoot = new ConfigurationRoot([_kestrel]);
        _authenticationRoot = new ConfigurationRoot([_authentication]);
        Policies = new PolicySource(options.Policies);
        Publish(options, root);
    }

    /// <summary>The user's <c>Kestrel</c> section with the endpoints of functions and of the admin endpoint in it.</summary>
    public IConfigurationSection Kestrel => _kestrelRoot.GetSection(KestrelEndpoints.Section);

    /// <summary>The user's <c>Authentication</c> section as it is.</summary>
    public IConfigurationSection Authentication => _authenticationRoot.GetSection(AuthenticationSection);

    /// <summary>What the framework's middlewares go by. They change before the routes that name them do.</summary>
    public PolicySource Policies { get; }

    public void Dispose()
    {
        _kestrelRoot.Dispose();
        _authenticationRoot.Dispose();
    }

    /// <summary>From here on the kernel steers the connections of functions: they share two endpoints. Before Kestrel starts.</summary>
    internal void SteerFunctions()
    {
        _steered = true;
        Publish(_last.Options, _last.Root);
    }

    /// <summary>Puts a new tree in place and tells those who listen, if it says anything new.</summary>
    internal void Publish(GatewayOptions options, ConfigurationNode root)
    {
        _last = (options, root);
        var steered = _steered;
        _kestrel.Publish(new(() => KestrelEndpoints.Derive(options, root, steered)));
        _authentication.Publish(new(() => Alone(root, AuthenticationSection)));
        Policies.Publish(options.Policies);
    }

    private static ConfigurationNode Alone(ConfigurationNode root, string name)
    {
        var tree = new ConfigurationNode("", ConfigurationError.AnySource);
        if (root.Find(name) is { } part)
        {
            tree.Adopt(part.Name, part);
        }

        return tree;
    }

    /// <summary>Answers from the tree, so a lookup costs its depth and not the number of all keys.</summary>
    private sealed class TreeProvider : IConfigurationProvider
    {
        private Lazy<ConfigurationNode> _tree = new(new ConfigurationNode("", ConfigurationError.AnySource));
        private ConfigurationReloadToken _token = new();

        private ConfigurationNode Tree => Volatile.Read(ref _tree).Value;

        public void Publish(Lazy<ConfigurationNode> tree)
        {
            // One that nobody has read yet needs no comparison, nor to be made.
            if (Volatile.Read(ref _tree) is { IsValueCreated: true } before && before.Value.SaysTheSameAs(tree.Value))
            {
                return;
            }

            Volatile.Write(ref _tree, tree);
            Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();
        }

        public bool TryGet(string key, out string? value) => Tree.TryGet(key, out value);

        [SuppressMessage("Design", "MA0025", Justification = "What was validated is not changed behind the validation's back.")]
        public void Set(string key, string? value) => throw new NotSupportedException("The validated configuration is read-only.");

        public IChangeToken GetReloadToken() => Volatile.Read(ref _token);

        public void Load()
        {
            // Filled by Publish.
        }

        public IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => Tree.ChildKeys(earlierKeys, parentPath);
    }
}
