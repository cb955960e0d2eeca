using System.Net;
using Gateway.Configuration;
using Gateway.Configuration.Kestrel;
using Gateway.Forwarding;
using Gateway.Signals;

namespace Gateway;

/// <summary>Says whose address is taken, by its path in the configuration, and how many there can be.</summary>
internal static class BindErrors
{
    /// <summary>Descriptors that are left for connections, of which each request takes two, and for all else.</summary>
    private const int Reserved = 1024;

    /// <summary>The others of a range tell nothing new.</summary>
    private const int MostTold = 10;

    public static string Explain(GatewayOptions options, IConfiguration configuration, IOException error)
    {
        // Kestrel: "Failed to bind to address http://127.0.0.1:9090: address already in use."
        var address = error.Message.Split(' ').FirstOrDefault(word => word.Contains("://", StringComparison.Ordinal))?.TrimEnd(':', '.') ?? "";
        var port = address.LastIndexOf(':') is var colon and >= 0 ? address[(colon + 1)..] : "";
        var path = Paths(options, configuration).FirstOrDefault(entry => entry.Address.EndsWith(":" + port, StringComparison.Ordinal)).Path ?? "Kestrel:Endpoints";
        return Sentence(path, address, port);
    }

    /// <summary>A sentence for each address that another program listens on.</summary>
    public static IEnumerable<string> Taken(GatewayOptions options, IEnumerable<ListenAddress> taken) =>
        from listen in taken
        let function = options.Functions.Values.First(function => function.Listen.Contains(listen))
        select Sentence($"Gateway:Functions:{function.Name}:Listen", listen.ToString(), $"{listen.Port}");

    /// <summary>An error for each address that is new and that another program listens on: Kestrel would keep it to itself, and steering would take its connections.</summary>
    /// <param name="before">What is in use; null: nothing.</param>
    /// <param name="now">What is to be.</param>
    /// <param name="configuration">What <paramref name="now"/> was read from.</param>
    public static IEnumerable<ConfigurationError> Taken(GatewayOptions? before, GatewayOptions now, IConfiguration configuration)
    {
        var known = before is null ? [] : All(before).ToHashSet();
        return TakenAddresses.Among(All(now).Where(listen => !known.Contains(listen))).Take(MostTold)
            .Select(listen => new ConfigurationError(PathOf(listen, now, configuration), TakenSentence(listen.ToString(), $"{listen.Port}")));
    }

    /// <summary>Where each address is a socket: null, or why there are too many.</summary>
    public static ConfigurationError? TooMany(GatewayOptions options)
    {
        var needed = options.Functions.Values.Sum(function => function.Listen.Count);
        var limit = DescriptorLimit.Current;
        return needed <= Math.Max(0, limit - Reserved) ? null : new ConfigurationError(
            "Gateway:Functions",
            $"{needed} Listen addresses are {needed} sockets without eBPF, and this process may open {limit} files, so {Math.Max(0, limit - Reserved)} fit; let it use eBPF (Gateway:Ebpf:Mode), raise the limit (ulimit -n, LimitNOFILE=) or tell functions apart by host name.");
    }

    private static IEnumerable<ListenAddress> All(GatewayOptions options) =>
        options.Admin.Listen.Concat(options.Shared).Concat(options.Functions.Values.SelectMany(function => function.Listen));

    /// <summary>Where the address of an endpoint that was opened is written.</summary>
    public static string PathOf(EndPoint endpoint, GatewayOptions options, IConfiguration configuration) =>
        endpoint is IPEndPoint ip
        && All(options).FirstOrDefault(listen => listen.Port == ip.Port && (listen.Address is null ? ip.Address.Equals(IPAddress.Any) || ip.Address.Equals(IPAddress.IPv6Any) : listen.Address.Equals(ip.Address))) is { } listen
            ? PathOf(listen, options, configuration)
            : "Kestrel:Endpoints";

    private static string PathOf(ListenAddress listen, GatewayOptions options, IConfiguration configuration) =>
        options.Admin.Listen.Contains(listen) ? "Gateway:Admin:Url"
        : options.Functions.Values.FirstOrDefault(function => function.Listen.Contains(listen)) is { } function ? $"Gateway:Functions:{function.Name}:Listen"
        : configuration.GetSection("Kestrel:Endpoints").GetChildren().FirstOrDefault(endpoint => endpoint["Url"] is { Length: > 0 } url && KestrelReader.ListensOn(url, listen)) is { } shared ? $"{shared.Path}:Url"
        : "Kestrel:Endpoints";

    private static string Sentence(string path, string address, string port) => $"{path}: {TakenSentence(address, port)}";

    private static string TakenSentence(string address, string port) =>
        $"another program already listens on {address}; stop it (ss -ltnp 'sport = :{port}' shows it) or choose another port.";

    /// <summary>All addresses that are listened on, each with where it is written.</summary>
    internal static IEnumerable<(string Path, string Address)> Paths(GatewayOptions options, IConfiguration configuration) =>
    [
        ("Gateway:Admin:Url", options.Admin.Url.GetLeftPart(UriPartial.Authority)),
        .. options.Functions.Values.SelectMany(function => function.Listen.Select(listen => ($"Gateway:Functions:{function.Name}:Listen", listen.ToString()))),
        .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => (endpoint.Path + ":Url", (endpoint["Url"] ?? "").TrimEnd('/'))),
    ];
}
