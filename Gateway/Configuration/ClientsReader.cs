using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration.Policies;

namespace Gateway.Configuration;

/// <summary>Reads the parts of the <c>Gateway</c> section that say what of a client's words is believed.</summary>
internal sealed class ClientsReader(SectionReader gateway)
{
    /// <summary>Headers without which HTTP does not work. They cannot be in <c>Headers:Remove</c>.</summary>
    private static readonly string[] Needed = ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"];

    public HeaderOptions Headers()
    {
        var section = gateway.Section("Headers");
        var names = new List<string>();
        var items = section.List("Remove", HeaderName.Written);
        foreach (var item in items)
        {
            if (!HeaderName.IsValid(item.Value))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not the name of a header; write e.g. \"X-Real-IP\".");
            }
            else if (Needed.Contains(item.Value, StringComparer.OrdinalIgnoreCase))
            {
                section.Error(item, $"without '{item.Value}' HTTP does not work; remove it from the list.");
            }
            else
            {
                names.Add(item.Value);
            }
        }

        var headers = new HeaderOptions
        {
            // An empty list removes nothing, and null is the default as it is everywhere.
            Remove = items.Count > 0 || section.Has("Remove") ? names.ToFrozenSet(StringComparer.OrdinalIgnoreCase) : HeaderOptions.Identities,
            Underscores = section.Flag("Underscores") ?? false,
        };
        section.End();
        return headers;
    }

    public ForwardedOptions Forwarded()
    {
        var section = gateway.Section("ForwardedHeaders");
        var defaults = new ForwardedOptions();
        var forwarded = new ForwardedOptions
        {
            KnownProxies = SourceNetworks.Read(section, "KnownProxies"),
            ForwardLimit = section.Integer("ForwardLimit", 1, 16) ?? defaults.ForwardLimit,
            Host = section.Flag("Host") ?? defaults.Host,
        };
        if (forwarded.KnownProxies.IsEmpty && (section.Has("ForwardLimit") || section.Has("Host")))
        {
            section.Warn("no KnownProxies, so nobody's X-Forwarded headers are believed; add the proxies in front of the gateway, e.g. [\"10.0.0.0/8\"].");
        }

        WarnOfEverybody(section, "KnownProxies", forwarded.KnownProxies, "every client may say who it is");
        section.End();
        return forwarded;
    }

    public ProxyProtocolOptions ProxyProtocol()
    {
        var section = gateway.Section("ProxyProtocol");
        var defaults = new ProxyProtocolOptions();
        var proxies = new ProxyProtocolOptions
        {
            From = SourceNetworks.Read(section, "From"),
            Timeout = section.Duration("Timeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)) ?? defaults.Timeout,
        };
        if (proxies.From.IsEmpty && section.Has("Timeout"))
        {
            section.Warn("no From, so no connection may begin with a PROXY header; add the load balancers in front of the gateway, e.g. [\"10.0.0.0/8\"].");
        }

        WarnOfEverybody(section, "From", proxies.From, "every client has to send the header, and says who it is");
        section.End();
        return proxies;
    }

    private static void WarnOfEverybody(SectionReader section, string key, SourceNetworks networks, string consequence)
    {
        if (networks.All.Any(network => network.PrefixLength == 0))
        {
            section.Warn(key, $"{networks.All.First(network => network.PrefixLength == 0)} is everybody: {consequence}; name the proxies alone.");
        }
    }
}
