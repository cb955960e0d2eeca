using System.Net;

namespace Gateway.Configuration.Kestrel;

/// <summary>
/// Makes the <c>Kestrel</c> section that Kestrel gets: the user's, an endpoint for each address of the admin endpoint,
/// and for the functions either one for each address or, where the kernel steers their connections, one for plain HTTP and
/// one for TLS. Names are made of the address, so Kestrel keeps a listener open over a reload as long as somebody has
/// its address.
/// </summary>
internal static class KestrelEndpoints
{
    public const string Section = "Kestrel";

    /// <summary>How the names of our endpoints begin. Keys of a configuration cannot hold a colon.</summary>
    public const string Prefix = "gateway-";

    /// <summary>
    /// Where the sockets for steered connections are bound: loopback, because nobody is to dial them, and not the usual
    /// one, so that no endpoint of the user's is taken for them.
    /// </summary>
    public static readonly IPAddress SteeredPlain = IPAddress.Parse("127.72.83.1");

    /// <inheritdoc cref="SteeredPlain"/>
    public static readonly IPAddress SteeredTls = IPAddress.Parse("127.72.83.2");

    private const string AnyName = "*";

    /// <param name="options">What was read.</param>
    /// <param name="root">What it was read from.</param>
    /// <param name="steered">Whether the kernel steers the connections of functions.</param>
    /// <returns>A tree whose root has the one child <c>Kestrel</c>. Shares nodes with <paramref name="root"/>.</returns>
    public static ConfigurationNode Derive(GatewayOptions options, ConfigurationNode root, bool steered)
    {
        var user = root.Find(Section);
        var tree = new ConfigurationNode("", ConfigurationError.AnySource);
        var kestrel = tree.Child(Section, ConfigurationError.AnySource);
        Copy(user, kestrel);

        var endpoints = new ConfigurationNode("Endpoints", ConfigurationError.AnySource);
        Copy(user?.Find("Endpoints"), endpoints);
        kestrel.Adopt(endpoints.Name, endpoints);

        foreach (var (name, url) in Urls($"{Prefix}admin", options.Admin.Listen))
        {
            Add(endpoints, name, url);
        }

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

    private static IEnumerable<(string Name, string Url)> Listening(GatewayOptions options) =>
        options.Functions.Values.SelectMany(function => Urls($"{Prefix}listen", function.Listen));

    // Both are there from the start if they can be, so that functions come and go without a change of sockets.
    private static IEnumerable<(string Name, string Url)> Steered(GatewayOptions options, ConfigurationNode? user, ConfigurationNode? sni)
    {
        yield return ($"{Prefix}steered-http", $"http://{SteeredPlain}:0");
        if (sni is not null || KestrelReader.HasDefaultCertificate(user)
            || options.Functions.Values.Any(function => function.Listen.Any(address => address.IsHttps)))
        {
            yield return ($"{Prefix}steered-https", $"https://{SteeredTls}:0");
        }
    }

    /// <summary>
    /// Kestrel ends a handshake whose server name is not in the endpoint's <c>Sni</c>, default certificate or not; an entry
    /// <c>*</c> without certificate stands for the default one.
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

    private static IEnumerable<(string Name, string Url)> Urls(string prefix, IReadOnlyList<ListenAddress> addresses)
    {
        var all = addresses.ToHashSet();
        foreach (var address in addresses)
        {
            // Both loopbacks are one "localhost" to Kestrel: it then does without the IPv6 one where a machine has none.
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
}
