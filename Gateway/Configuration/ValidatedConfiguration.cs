using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// The last good configuration, for those who read an <see cref="IConfiguration"/> of their own: Kestrel and YARP. It changes as one
/// and only after all of it was found good; the raw configuration would let Kestrel act on half of a bad file, and open
/// an address that moves between an endpoint and a function before the other side has closed it.
/// </summary>
public sealed class ValidatedConfiguration : IDisposable
{
    private readonly TreeProvider _provider = new();
    private readonly ConfigurationRoot _root;

    internal ValidatedConfiguration(GatewayOptions options, ConfigurationNode root)
    {
        _root = new ConfigurationRoot([_provider]);
        Publish(options, root);
    }

    /// <summary>The user's <c>Kestrel</c> section with the endpoints of functions and of the admin endpoint in it.</summary>
    public IConfigurationSection Kestrel => _root.GetSection(KestrelEndpoints.Section);

    /// <summary>The user's <c>ReverseProxy</c> section as it is.</summary>
    public IConfigurationSection ReverseProxy => _root.GetSection("ReverseProxy");

    public void Dispose() => _root.Dispose();

    /// <summary>Puts a new tree in place and tells those who listen, if it says anything new.</summary>
    internal void Publish(GatewayOptions options, ConfigurationNode root)
    {
        var tree = KestrelEndpoints.Derive(options, root);
        if (root.Find("ReverseProxy") is { } proxy)
        {
            tree.Adopt(proxy.Name, proxy);
        }

        _provider.Publish(tree);
    }

    /// <summary>Answers from the tree, so a lookup costs its depth and not the number of all keys.</summary>
    private sealed class TreeProvider : IConfigurationProvider
    {
        private ConfigurationNode _tree = new("", ConfigurationError.AnySource);
        private ConfigurationReloadToken _token = new();

        public void Publish(ConfigurationNode tree)
        {
            if (Volatile.Read(ref _tree).SaysTheSameAs(tree))
            {
                return;
            }

            Volatile.Write(ref _tree, tree);
            Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();
        }

        public bool TryGet(string key, out string? value)
        {
            var node = Volatile.Read(ref _tree).Find(key.AsSpan());
            value = node?.Value;
            return node is { Written: true };
        }

        [SuppressMessage("Design", "MA0025", Justification = "What was validated is not changed behind the validation's back.")]
        public void Set(string key, string? value) => throw new NotSupportedException("The validated configuration is read-only.");

        public IChangeToken GetReloadToken() => Volatile.Read(ref _token);

        public void Load()
        {
            // Filled by Publish.
        }

        public IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var tree = Volatile.Read(ref _tree);
            var node = parentPath is null ? tree : tree.Find(parentPath.AsSpan());
            var own = node?.Children.Select(child => child.Name) ?? [];
            return earlierKeys.Concat(own).Order(ConfigurationKeyComparer.Instance);
        }
    }
}
