using System.Globalization;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads one cluster of the user's <c>ReverseProxy:Clusters</c>.</summary>
internal static class ClusterReader
{
    /// <summary>Metadata that YARP's health policies read, with its range. They ignore a value that is not a number.</summary>
    private static readonly (string Name, double Min, double Max)[] HealthMetadata =
    [
        ("ConsecutiveFailuresHealthPolicy.Threshold", 1, int.MaxValue),
        ("TransportFailureRateHealthPolicy.RateLimit", 0, 1),
    ];

    private static readonly AddressKind s_address = new("127.0.0.1:5000", Uri.UriSchemeHttp, Uri.UriSchemeHttps);

    /// <summary>Reads a cluster, and has YARP judge it if nothing else is wrong.</summary>
    public static KnownCluster Read(ConfigurationNode node, string path, ReadContext context)
    {
        var errors = context.Errors.Count;
        var section = new SectionReader(node, path, node.Source, context);
        Reserved.Check(section, node.Name, "cluster");
        var cluster = new ClusterConfig
        {
            ClusterId = node.Name,
            LoadBalancingPolicy = section.Policy(nameof(ClusterConfig.LoadBalancingPolicy), ProxyRules.Shared.LoadBalancing),
            SessionAffinity = Affinity(section.Section(nameof(ClusterConfig.SessionAffinity))),
            HealthCheck = ClusterHealthReader.Read(section.Section(nameof(ClusterConfig.HealthCheck))),
            HttpClient = HttpClientReader.Read(section.Section(nameof(ClusterConfig.HttpClient))),
            HttpRequest = HttpClientReader.Request(section.Section(nameof(ClusterConfig.HttpRequest))),
            Metadata = Metadata(section),
            Destinations = Destinations(section, context),
        };
        section.End();
        if (context.Errors.Count == errors)
        {
            foreach (var sentence in ProxyRules.Shared.Judge(cluster))
            {
                section.Error(sentence);
            }
        }

        return new KnownCluster(cluster, context.Errors.Count == errors);
    }

    private static Dictionary<string, DestinationConfig> Destinations(SectionReader section, ReadContext context)
    {
        var destinations = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var path = section.PathOf(nameof(ClusterConfig.Destinations));
        foreach (var node in section.Named(nameof(ClusterConfig.Destinations)))
        {
            var one = new SectionReader(node, ConfigurationPath.Combine(path, node.Name), node.Source, context);
            destinations[node.Name] = Destination(one);
            one.End();
        }

        return destinations;
    }

    private static DestinationConfig Destination(SectionReader section)
    {
        _ = section.Address(nameof(DestinationConfig.Address), s_address);
        _ = section.Address(nameof(DestinationConfig.Health), s_address);
        if (!section.HasNeededContent(nameof(DestinationConfig.Address)))
        {
            section.Error("no Address; write where its requests go, e.g. \"Address\": \"http://127.0.0.1:5000\".");
        }

        var host = section.Text(nameof(DestinationConfig.Host));
        if (host is { Length: > 0 } && !Uri.TryCreate($"http://{host}/", UriKind.Absolute, out _))
        {
            section.Error(nameof(DestinationConfig.Host), $"{ReadContext.Quote(host)} is not a host name.");
        }

        return new DestinationConfig
        {
            Address = section.Text(nameof(DestinationConfig.Address)) ?? "",
            Health = section.Text(nameof(DestinationConfig.Health)),
            Host = host,
            Metadata = section.Metadata(nameof(DestinationConfig.Metadata)),
        };
    }

    private static IReadOnlyDictionary<string, string>? Metadata(SectionReader section)
    {
        const string Key = nameof(ClusterConfig.Metadata);
        var metadata = section.Metadata(Key);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            var known = HealthMetadata.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (known.Name is not null)
            {
                if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !(number >= known.Min && number <= known.Max))
                {
                    section.Error($"{Key}:{name}", string.Create(CultureInfo.InvariantCulture, $"{ReadContext.Quote(value)} is not a number from {known.Min} to {known.Max}."));
                }
            }
            else if (HealthMetadata.Any(entry => name.StartsWith(entry.Name[..(entry.Name.IndexOf('.', StringComparison.Ordinal) + 1)], StringComparison.OrdinalIgnoreCase)))
            {
                section.Error($"{Key}:{name}", $"YARP's health policies read {string.Join(" and ", HealthMetadata.Select(entry => entry.Name))}; correct the name.");
            }
        }

        return metadata;
    }

    private static SessionAffinityConfig? Affinity(SectionReader section)
    {
        var affinity = new SessionAffinityConfig
        {
            Enabled = section.Flag(nameof(SessionAffinityConfig.Enabled)),
            Policy = section.Policy(nameof(SessionAffinityConfig.Policy), ProxyRules.Shared.Affinity),
            FailurePolicy = section.Policy(nameof(SessionAffinityConfig.FailurePolicy), ProxyRules.Shared.AffinityFailure),
            AffinityKeyName = section.Text(nameof(SessionAffinityConfig.AffinityKeyName))!,
            Cookie = Cookie(section.Section(nameof(SessionAffinityConfig.Cookie))),
        };
        if (affinity.Enabled == true && string.IsNullOrEmpty(affinity.AffinityKeyName) && !section.HasContent(nameof(SessionAffinityConfig.AffinityKeyName)))
        {
            section.Error("no AffinityKeyName; write the name of the cookie or header that carries the affinity.");
        }

        section.End();
        return section.Node.HasContent() ? affinity : null;
    }

    private static SessionAffinityCookieConfig? Cookie(SectionReader section)
    {
        var cookie = new SessionAffinityCookieConfig
        {
            Path = section.Text(nameof(SessionAffinityCookieConfig.Path)),
            Domain = section.Text(nameof(SessionAffinityCookieConfig.Domain)),
            HttpOnly = section.Flag(nameof(SessionAffinityCookieConfig.HttpOnly)),
            IsEssential = section.Flag(nameof(SessionAffinityCookieConfig.IsEssential)),
            SameSite = section.Word<SameSiteMode>(nameof(SessionAffinityCookieConfig.SameSite)),
            SecurePolicy = section.Word<CookieSecurePolicy>(nameof(SessionAffinityCookieConfig.SecurePolicy)),
            MaxAge = section.Duration(nameof(SessionAffinityCookieConfig.MaxAge), TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650)),
            Expiration = section.Duration(nameof(SessionAffinityCookieConfig.Expiration), TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650)),
        };
        section.End();
        return section.Node.HasContent() ? cookie : null;
    }
}
