using Gateway.Configuration;

namespace Gateway;

/// <summary>Says whose address is taken, by its path in the configuration.</summary>
internal static class BindErrors
{
    public static string Explain(GatewayOptions options, IConfiguration configuration, IOException error)
    {
        // Kestrel: "Failed to bind to address http://127.0.0.1:9090: address already in use."
        var address = error.Message.Split(' ').FirstOrDefault(word => word.Contains("://", StringComparison.Ordinal))?.TrimEnd(':', '.') ?? "";
        var port = address.LastIndexOf(':') is var colon and >= 0 ? address[(colon + 1)..] : "";
        var path = Paths(options, configuration).FirstOrDefault(entry => entry.Address.EndsWith(":" + port, StringComparison.Ordinal)).Path ?? "Kestrel:Endpoints";
        return $"{path}: another program already listens on {address}; stop it (ss -ltnp 'sport = :{port}' shows it) or choose another port.";
    }

    private static IEnumerable<(string Path, string Address)> Paths(GatewayOptions options, IConfiguration configuration) =>
    [
        ("Gateway:Admin:Url", options.Admin.Url.GetLeftPart(UriPartial.Authority)),
        .. options.Functions.Values.SelectMany(function => function.Listen.Select(listen => ($"Gateway:Functions:{function.Name}:Listen", listen.ToString()))),
        .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => (endpoint.Path + ":Url", (endpoint["Url"] ?? "").TrimEnd('/'))),
    ];
}
