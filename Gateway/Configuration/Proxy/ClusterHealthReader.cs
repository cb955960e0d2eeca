using Gateway.Configuration.Schema;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads a cluster's <c>HealthCheck</c>.</summary>
internal static class ClusterHealthReader
{
    private static readonly TextFormat s_path = new("^(?:/.*)?$", "/healthz");
    private static readonly TextFormat s_query = new(@"^(?:\?.*)?$", "?deep=true");

    /// <returns>Returns null if the section is missing or empty.</returns>
    public static HealthCheckConfig? Read(SectionReader section)
    {
        var check = new HealthCheckConfig
        {
            AvailableDestinationsPolicy = section.Policy(nameof(HealthCheckConfig.AvailableDestinationsPolicy), ProxyRules.Shared.AvailableDestinations),
            Active = Active(section.Section(nameof(HealthCheckConfig.Active))),
            Passive = Passive(section.Section(nameof(HealthCheckConfig.Passive))),
        };
        section.End();
        return section.Node.HasContent() ? check : null;
    }

    private static ActiveHealthCheckConfig? Active(SectionReader section)
    {
        var active = new ActiveHealthCheckConfig
        {
            Enabled = section.Flag(nameof(ActiveHealthCheckConfig.Enabled)),
            Interval = section.Timer(nameof(ActiveHealthCheckConfig.Interval)),
            Timeout = section.Timer(nameof(ActiveHealthCheckConfig.Timeout)),
            Policy = section.Policy(nameof(ActiveHealthCheckConfig.Policy), ProxyRules.Shared.ActiveHealth),
            Path = section.Text(nameof(ActiveHealthCheckConfig.Path), s_path),
            Query = section.Text(nameof(ActiveHealthCheckConfig.Query), s_query),
        };
        if (active.Path is { Length: > 0 } path && path[0] != '/')
        {
            section.Error(nameof(ActiveHealthCheckConfig.Path), $"{ReadContext.Quote(path)} is not a path; start it with '/'.");
        }

        if (active.Query is { Length: > 0 } query && query[0] != '?')
        {
            section.Error(nameof(ActiveHealthCheckConfig.Query), $"{ReadContext.Quote(query)} is not a query; start it with '?'.");
        }

        section.End();
        return section.Node.HasContent() ? active : null;
    }

    private static PassiveHealthCheckConfig? Passive(SectionReader section)
    {
        var passive = new PassiveHealthCheckConfig
        {
            Enabled = section.Flag(nameof(PassiveHealthCheckConfig.Enabled)),
            Policy = section.Policy(nameof(PassiveHealthCheckConfig.Policy), ProxyRules.Shared.PassiveHealth),
            ReactivationPeriod = section.Timer(nameof(PassiveHealthCheckConfig.ReactivationPeriod)),
        };
        section.End();
        return section.Node.HasContent() ? passive : null;
    }
}
