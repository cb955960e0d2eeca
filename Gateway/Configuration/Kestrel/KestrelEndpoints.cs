using System.Net;

namespace Gateway.Configuration.Kestrel;

/// <summary>
/// Makes the <c>Kestrel</c> section that Kestrel gets: the user's, with an endpoint for each address of the admin endpoint, and for the functions
/// either one for each address or, if the kernel steers their connections, one for plain HTTP and one for TLS. The names are made of the addresses,
/// so that Kestrel keeps a listener open over a reload as long as its address is in use.
/// </summary>
internal static class KestrelEndpoints
{
    public const string Section = "Kestrel";

    /// <summary>The prefix of the names of the gateway's endpoints. It has no colon, because a key of a configuration cannot have one.</summary>
    public const string Prefix = "gateway-";

    /// <summary>
    /// The address of the socket for steered connections without TLS. It is on loopback because nobody is to connect to it directly, and is not the
    /// usual 127.0.0.1, so that no endpoint of the user is mistaken for it.
    /// </summary>
    public static readonly IPAddress SteeredPlain = IPAddress.Parse("127.72.83.1");

    /// <summary>The address of the socket for steered connections with TLS, chosen like <see cref="SteeredPlain"/>.</summary>
    public static readonly IPAddress SteeredTls = IPAddress.Parse("127.72.83.2");

    private const string AnyName = "*";

    /// <summary>Makes the section.</summary>
    /// <param name="options">The options that were read.</param>
    /// <param name="root">The tree from which they were read.</param>
    /// <param name="steered">Whether the kernel steers the connections of functions.</param>
    /// <returns>Returns a tree whose root has the one child <c>Kestrel</c>. It shares nodes with <paramref name="root"/>.</returns>
    public static ConfigurationNode Derive(GatewayOptions options, ConfigurationNode root, bool steered)
    {
        var user = root.Find(Section);
        var tree = new ConfigurationNode("", ConfigurationError.AnySource);
        var kestrel = tree.Child(Section, ConfigurationError.AnySource);
        Copy(user, kestrel);

        var endpoints = new ConfigurationNode("Endpoints", ConfigurationError.AnySource);
        Copy(user?.Find("Endpoints"), endpoints);
        kestrel.Adopt(endpoints.Name, endpoints);

        AddAdmin(endpoints, options.Admin, root);

        var sni = ServerNames(user);
        foreach (var (name, url) in steered ? Steered(options, user, sni) : Listening(options))
        {
            var endpoint = Add(endpoints, name, url);
            if (url.StartsWith("https:", StringComparison.Ordinal) && sni is not null)
            {
                endpoint.Adopt(sni.Name, sni);
            }
        }

        return tree;
    }

    private static void AddAdmin(ConfigurationNode endpoints, AdminOptions admin, ConfigurationNode root)
    {
        if (admin.Socket is { } socket)
        {
            Add(endpoints, $"{Prefix}admin-unix-{socket.Replace(':', '.')}", $"http://unix:{socket}");
        }

        var certificate = root.Find("Gateway:Admin:Certificate".AsSpan());
        foreach (var (name, url) in Urls($"{Prefix}admin", admin.Listen))
        {
            var endpoint = Add(endpoints, name, url);
            if (certificate.HasContent())
            {
                endpoint.Adopt(certificate!.Name, certificate);
            }
        }
    }

    private static IEnumerable<(string Name, string Url)> Listening(GatewayOptions options) =>
        options.Functions.Values.SelectMany(function => Urls($"{Prefix}listen", function.OwnListen)).Concat(Named(options));

    // Those that share an address have one listener, whether the kernel steers or not.
    private static IEnumerable<(string Name, string Url)> Named(GatewayOptions options) =>
        Urls($"{Prefix}listen", [.. options.Functions.Values.SelectMany(function => function.NamedListen).Distinct()]);

    // Both endpoints are made at the start if possible, so that no sockets change when functions come and go.
    private static IEnumerable<(string Name, string Url)> Steered(GatewayOptions options, ConfigurationNode? user, ConfigurationNode? sni)
    {
        yield return ($"{Prefix}steered-http", $"http://{SteeredPlain}:0");
        if (sni is not null || KestrelReader.HasDefaultCertificate(user)
            || options.Functions.Values.Any(function => function.Listen.Any(address => address.IsHttps)))
        {
            yield return ($"{Prefix}steered-https", $"https://{SteeredTls}:0");
        }

        foreach (var named in Named(options))
        {
            yield return named;
        }
    }

    /// <summary>
    /// Returns the server names of functions' endpoints, or null if there are none. Kestrel ends a handshake whose server name is not among them, even
    /// if there is a default certificate. In that case an entry <c>*</c> is added, which has no certificate of its own and so gets the default one.
    /// </summary>
    private static ConfigurationNode? ServerNames(ConfigurationNode? kestrel)
    {
        var map = SniMap.Merge(kestrel);
        if (map is not null && map.Find(AnyName) is null && KestrelReader.HasDefaultCertificate(kestrel))
        {
            map.Child(AnyName, map.Source).Set("", map.Source);
        }

        return map;
    }

    private static IEnumerable<(string Name, string Url)> Urls(string prefix, IEnumerable<ListenAddress> addresses)
    {
        var all = addresses.Select(static address => address.Served).ToHashSet();
        foreach (var address in addresses.Select(static address => address.Served))
        {
            // Both loopbacks are given to Kestrel as one "localhost", with which it does not insist on IPv6 on a machine that has none.
            var twin = address.Address switch
            {
                { } ip when ip.Equals(IPAddress.Loopback) => address with { Address = IPAddress.IPv6Loopback },
                { } ip when ip.Equals(IPAddress.IPv6Loopback) => address with { Address = IPAddress.Loopback },
                _ => null,
            };
            var (host, url) = (address.Address?.ToString() ?? "any", address.ToString());
            if (twin is not null && all.Contains(twin))
            {
                if (address.Address!.Equals(IPAddress.IPv6Loopback))
                {
                    continue;
                }

                (host, url) = ("localhost", $"{address.Scheme}://localhost:{address.Port}");
            }

            yield return ($"{prefix}-{address.Scheme}-{host.Replace(':', '.')}-{address.Port}", url);
        }
    }

    private static ConfigurationNode Add(ConfigurationNode endpoints, string name, string url)
    {
        var endpoint = endpoints.Child(name, ConfigurationError.AnySource);
        endpoint.Child("Url", ConfigurationError.AnySource).Set(url, ConfigurationError.AnySource);
        return endpoint;
    }

    private static void Copy(ConfigurationNode? from, ConfigurationNode to)
    {
        foreach (var child in from?.Children ?? [])
        {
            to.Adopt(child.Name, child);
        }
    }

    /// <summary>Tells whether both trees say the same in Kestrel's section.</summary>
    public static bool SaySame(ConfigurationNode one, ConfigurationNode other) => (one.Find(Section), other.Find(Section)) switch
    {
        (null, null) => true,
        ({ } its, { } others) => its.SaysTheSameAs(others),
        _ => false,
    };
}
