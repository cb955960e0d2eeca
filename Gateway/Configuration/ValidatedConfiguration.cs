using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Policies;
using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// The last good configuration in the form that Kestrel reads, which is an <see cref="IConfiguration"/>. It changes only after all of the new one was
/// found good. From the raw configuration Kestrel would use a part of a bad file, and would open an address that moves between an endpoint and a
/// function before the other side has closed it.
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

    /// <summary>The user's <c>Kestrel</c> section, with endpoints for functions and for the admin endpoint added.</summary>
    public IConfigurationSection Kestrel => _kestrelRoot.GetSection(KestrelEndpoints.Section);

    /// <summary>The user's <c>Authentication</c> section as it was written.</summary>
    public IConfigurationSection Authentication => _authenticationRoot.GetSection(AuthenticationSection);

    /// <summary>The policies for the framework's middlewares. They change before the routes that name them.</summary>
    public PolicySource Policies { get; }

    public void Dispose()
    {
        _kestrelRoot.Dispose();
        _authenticationRoot.Dispose();
    }

    /// <summary>
    /// Replaces the endpoints of functions by the two that they share, because the kernel steers their connections. It is to be called before Kestrel
    /// starts.
    /// </summary>
    internal void SteerFunctions()
    {
        _steered = true;
        Publish(_last.Options, _last.Root);
    }

    /// <summary>Puts a new configuration in place, and triggers the tokens of those parts that say anything new.</summary>
    internal void Publish(GatewayOptions options, ConfigurationNode root)
    {
        _last = (options, root);
        var steered = _steered;
        _kestrel.Publish(new(() => KestrelEndpoints.Derive(options, root, steered)));
        _authentication.Publish(new(() => Alone(root, AuthenticationSection)));
        Policies.Publish(options.Policies);
    }

    /// <summary>Returns a tree that has only one section of another tree, or nothing if that does not have it.</summary>
    private static ConfigurationNode Alone(ConfigurationNode root, string name)
    {
        var tree = new ConfigurationNode("", ConfigurationError.AnySource);
        if (root.Find(name) is { } part)
        {
            tree.Adopt(part.Name, part);
        }

        return tree;
    }

    /// <summary>Answers from a tree, so that the cost of a lookup is its depth and not the number of all keys.</summary>
    private sealed class TreeProvider : IConfigurationProvider
    {
        private Lazy<ConfigurationNode> _tree = new(new ConfigurationNode("", ConfigurationError.AnySource));
        private ConfigurationReloadToken _token = new();

        private ConfigurationNode Tree => Volatile.Read(ref _tree).Value;

        public void Publish(Lazy<ConfigurationNode> tree)
        {
            // A tree that nobody has read yet is neither made nor compared.
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
            // Publish sets the tree.
        }

        public IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => Tree.ChildKeys(earlierKeys, parentPath);
    }
}
