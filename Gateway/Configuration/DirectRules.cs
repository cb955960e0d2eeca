namespace Gateway.Configuration;

/// <summary>Knows which functions need the gateway between them and their clients, so that the kernel cannot hand them connections (<see cref="FunctionOptions.Direct"/>).</summary>
internal static class DirectRules
{
    /// <summary>Returns why a function's connections have to go through the gateway by what is configured, as a clause without a full stop; null if they need not.</summary>
    public static string? WhyNot(FunctionOptions function, GatewayOptions gateway) =>
        WhyNot(function)
        ?? WhyNotByCluster(function, gateway)
        ?? (gateway.Ebpf.Mode == EbpfMode.Off ? "Gateway:Ebpf:Mode is Off, and only the kernel can hand connections over"
            : !gateway.Access.IsEmpty ? "Gateway:Access is asked at each connection, by the gateway"
            : !gateway.ProxyProtocol.From.IsEmpty ? "Gateway:ProxyProtocol:From has load balancers, whose headers the gateway takes off"
            : null);

    /// <summary>Notes an error for each function that has to get its connections from the kernel (<see cref="DirectMode.Required"/>), and cannot by what is configured.</summary>
    /// <param name="gateway">The configuration.</param>
    /// <param name="path">The path of the functions.</param>
    /// <param name="context">Takes the errors.</param>
    public static void Check(GatewayOptions gateway, string path, ReadContext context)
    {
        foreach (var function in gateway.Functions.Values.Where(static function => function.Direct == DirectMode.Required))
        {
            if (WhyNot(function, gateway) is { } why)
            {
                context.Error($"{path}:{function.Name}:Direct", ConfigurationError.AnySource, $"is 'Required', and {why}; change one of the two, or write 'Auto'.");
            }
        }
    }

    private static string? WhyNotByCluster(FunctionOptions function, GatewayOptions gateway) =>
        gateway.Proxy.Clusters.Any(cluster => cluster.ClusterId.Equals(function.Name, StringComparison.OrdinalIgnoreCase)) ? $"the gateway does what ReverseProxy:Clusters:{function.Name} says" : null;

    private static string? WhyNot(FunctionOptions function) =>
        !function.OwnListen.Any() ? function.Listen.Count == 0 ? "it has no address of its own (Listen)" : $"{function.Listen[0]} is shared by server names, which the gateway reads"
        : function.OwnListen.FirstOrDefault(static address => address.IsHttps) is { } https ? $"TLS ends in the gateway at {https}"
        : function.SendProxyProtocol ? "the gateway writes the header for SendProxyProtocol"
        : !function.Access.IsEmpty ? "Access is asked at each connection, by the gateway"
        : function.ActivityTimeout is not null ? "ActivityTimeout is the gateway's to watch"
        : function.Split.Count > 0 ? "the gateway chooses the version (Split)"
        : function.IsJob ? "it ends before it is used"
        : WhyNotScaled(function.Scale) ?? WhyNotHttp(function);

    // The scaler counts what goes through the gateway.
    private static string? WhyNotScaled(ScaleOptions scale) =>
        scale.ConcurrencyLimit is not null ? "the gateway keeps Scale:ConcurrencyLimit"
        : scale.Max > 1 && scale.Min < scale.Max ? "how many instances there are follows what the gateway counts, unless Scale:Min is Scale:Max"
        : null;

    private static string? WhyNotHttp(FunctionOptions function) =>
        function.IsBytes ? null
        : function.Route is not null ? "the gateway does what Route says"
        : function.Protocol is not null ? "the gateway speaks to the program as Protocol says"
        : function.Async is not null ? "the gateway keeps the requests of Async"
        : function.Idle.Ignore is not null ? "the gateway has to look at requests for Idle:Ignore"
        : null;
}
