using System.Net;
using Gateway.Configuration;
using Gateway.Configuration.Kestrel;
using Gateway.Listening;
using Gateway.Signals;

namespace Gateway;

/// <summary>Explains addresses that cannot be listened on, by their path in the configuration.</summary>
internal static class BindErrors
{
    /// <summary>How many descriptors are reserved for connections, of which each request takes two, and for everything else, unless that is more than half of them.</summary>
    private const int Reserved = 1024;

    /// <summary>How many addresses are listed at most. The others of a range add nothing.</summary>
    private const int MostListed = 10;

    /// <summary>Explains Kestrel's exception about an address that is in use.</summary>
    public static string Explain(GatewayOptions options, IConfiguration configuration, IOException error)
    {
        if (options.Admin.Socket is { } socket && error.Message.Contains(socket, StringComparison.Ordinal))
        {
            return $"Gateway:Admin:Url: another program already listens on '{socket}'; stop it (ss -lxp shows it) or choose another path.";
        }

        // Kestrel: "Failed to bind to address http://127.0.0.1:9090: address already in use."
        var address = error.Message.Split(' ').FirstOrDefault(word => word.Contains("://", StringComparison.Ordinal))?.TrimEnd(':', '.') ?? "";
        var port = address.LastIndexOf(':') is var colon and >= 0 ? address[(colon + 1)..] : "";
        var path = Paths(options, configuration).FirstOrDefault(entry => entry.Address.EndsWith(":" + port, StringComparison.Ordinal)).Path ?? "Kestrel:Endpoints";
        return Sentence(path, address, port);
    }

    /// <summary>Returns a sentence for each address that another program listens on.</summary>
    public static IEnumerable<string> Taken(GatewayOptions options, IEnumerable<ListenAddress> taken) =>
        from listen in taken
        let function = options.Functions.Values.First(function => function.Listen.Contains(listen))
        select Sentence($"Gateway:Functions:{function.Name}:Listen", listen.ToString(), $"{listen.Port}");

    /// <summary>
    /// Returns an error for each new address that cannot be listened on. Kestrel would not report it after the start, and steering would take another program's
    /// connections.
    /// </summary>
    /// <param name="before">The configuration in use; null if there is none.</param>
    /// <param name="now">The configuration that is to be used.</param>
    /// <param name="configuration">The configuration that <paramref name="now"/> was read from.</param>
    /// <param name="steers">Whether the kernel steers the functions' connections, so that no socket is bound to their addresses.</param>
    public static IEnumerable<ConfigurationError> Of(GatewayOptions? before, GatewayOptions now, IConfiguration configuration, bool steers)
    {
        if (!steers && TooMany(now) is { } tooMany)
        {
            return [tooMany];
        }

        var known = before is null ? [] : All(before).ToHashSet();
        var taken = TakenAddresses.Among(All(now).Where(IsNew)).Take(MostListed)
            .Select(listen => new ConfigurationError(PathOf(listen, now, configuration), TakenSentence(listen.ToString(), $"{listen.Port}")));
        // At the start Kestrel says so. After a reload it would when the configuration is in use, and all of it would have to be taken back.
        return before is null || steers ? taken : taken.Concat(
            TakenAddresses.Impossible(now.Functions.Values.SelectMany(static function => function.Listen).Where(IsNew)).Take(MostListed)
                .Select(refused => new ConfigurationError(PathOf(refused.Address, now, configuration), $"the system does not let this process listen on {refused.Address}: {refused.Reason}.")));

        bool IsNew(ListenAddress listen) => !known.Contains(listen);
    }

    /// <summary>Returns why there are too many addresses if each is a socket of its own; null if there are not.</summary>
    public static ConfigurationError? TooMany(GatewayOptions options)
    {
        var needed = options.Functions.Values.Sum(function => function.Listen.Count);
        var limit = DescriptorLimit.Current;
        var fit = Math.Max(limit / 2, limit - Reserved);
        return needed <= fit ? null : new ConfigurationError(
            "Gateway:Functions",
            $"{needed} Listen addresses are {needed} sockets without eBPF, and this process may open {limit} files, so {fit} fit; let it use eBPF (Gateway:Ebpf:Mode), raise the limit (ulimit -n, LimitNOFILE=) or tell functions apart by host name.");
    }

    /// <summary>Returns why the admin endpoint's unix socket cannot be made; null if it can, or if there is none.</summary>
    public static string? Socket(GatewayOptions options, System.Net.Sockets.SocketException error) => options.Admin.Socket is not { } path ? null : error.SocketErrorCode switch
    {
        System.Net.Sockets.SocketError.AccessDenied => $"Gateway:Admin:Url: this process may not make '{path}'; give it a folder that it may write.",
        _ when File.Exists(path) => $"Gateway:Admin:Url: something that is not an unused socket is at '{path}'; another gateway listens there, or remove it.",
        _ => $"Gateway:Admin:Url: the system does not let this process listen on '{path}': {error.Message}.",
    };

    private static IEnumerable<ListenAddress> All(GatewayOptions options) =>
        options.Admin.Listen.Concat(options.Shared).Concat(options.Functions.Values.SelectMany(function => function.Listen));

    /// <summary>Returns the path in the configuration of an endpoint's address.</summary>
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

    /// <summary>Returns all addresses to listen on, each with its path in the configuration.</summary>
    internal static IEnumerable<(string Path, string Address)> Paths(GatewayOptions options, IConfiguration configuration) =>
    [
        .. options.Admin.Socket is null ? [("Gateway:Admin:Url", options.Admin.Url.GetLeftPart(UriPartial.Authority))] : Array.Empty<(string, string)>(),
        .. options.Functions.Values.SelectMany(function => function.Listen.Select(listen => ($"Gateway:Functions:{function.Name}:Listen", listen.ToString()))),
        .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => (endpoint.Path + ":Url", (endpoint["Url"] ?? "").TrimEnd('/'))),
    ];
}
