using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads one route of the user's <c>ReverseProxy:Routes</c>.</summary>
internal static class RouteReader
{
    /// <summary>Reads a route, and has YARP judge it if nothing else is wrong.</summary>
    public static KnownRoute Read(ConfigurationNode node, string path, ReadContext context)
    {
        var (errors, references) = (context.Errors.Count, context.References.Count);
        var section = new SectionReader(node, path, node.Source, context);
        section.Refuse("RouteId", "a route's name is its key; remove RouteId.");
        Reserved.Check(section, node.Name, "route");
        var match = RouteMatchReader.Read(section, out var hosts);
        var route = RouteSettingsReader.Read(
            section,
            new RouteConfig
            {
                RouteId = node.Name,
                Match = match,
                Order = section.Integer(nameof(RouteConfig.Order), int.MinValue, int.MaxValue),
                ClusterId = section.Text(nameof(RouteConfig.ClusterId)),
            },
            context);
        if (!section.HasNeededContent(nameof(RouteConfig.ClusterId)))
        {
            section.Error($"no ClusterId, so its requests lead nowhere; write the name of a function, or of a cluster of ReverseProxy:Clusters.");
        }

        section.End();
        if (context.Errors.Count == errors)
        {
            foreach (var sentence in ProxyRules.Shared.Judge(route))
            {
                section.Error(sentence);
            }
        }

        return new KnownRoute(route, hosts, [.. context.References.Skip(references)])
        {
            ClusterPath = section.PathOf(nameof(RouteConfig.ClusterId)),
            Source = section.SourceOf(nameof(RouteConfig.ClusterId)),
            IsGood = context.Errors.Count == errors,
        };
    }
}
