using System.Net;
using Microsoft.AspNetCore.HttpsPolicy;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>HttpsRedirection</c> and <c>Hsts</c>, which have the properties of HttpsRedirectionOptions and HstsOptions.</summary>
internal static class HttpsReader
{
    private static readonly string[] StatusCodes = ["301", "302", "307", "308"];

    // The preload lists of browsers ask for a year. More than ten years are a mistake.
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(3650);

    /// <summary>Reads <c>HttpsRedirection</c>. If there is one https port among the user's endpoints it need not be written.</summary>
    /// <param name="section">The section <c>HttpsRedirection</c>.</param>
    /// <param name="shared">The addresses of the user's own endpoints.</param>
    public static HttpsRedirect ReadRedirection(SectionReader section, IReadOnlyList<ListenAddress> shared)
    {
        var ports = shared.Where(address => address.IsHttps).Select(address => address.Port).Distinct().ToArray();
        var given = section.Integer("HttpsPort", 1, IPEndPoint.MaxPort);
        if (given is null && !section.Has("HttpsPort") && ports.Length != 1)
        {
            section.Error("HttpsPort", ports.Length == 0
                ? "no endpoint under Kestrel:Endpoints speaks https; add one, or say at which port clients find https."
                : $"https is spoken at {string.Join(" and ", ports)}; say which one clients are to be sent to.");
        }

        var status = section.Word("RedirectStatusCode", StatusCodes);
        var listen = section.Flag("Listen") ?? false;
        if (!listen && shared.All(address => address.IsHttps))
        {
            section.Warn("no endpoint under Kestrel:Endpoints speaks http, so nothing is redirected; add one, or \"Listen\": true for functions' own addresses.");
        }

        section.End();
        return new HttpsRedirect(given ?? ports.FirstOrDefault(443), status is null ? 307 : int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), listen);
    }

    public static HstsOptions ReadHsts(SectionReader section)
    {
        var options = new HstsOptions
        {
            IncludeSubDomains = section.Flag("IncludeSubDomains") ?? false,
            Preload = section.Flag("Preload") ?? false,
        };
        options.MaxAge = section.Duration("MaxAge", TimeSpan.Zero, LongestAge) ?? options.MaxAge;
        if (section.Has("ExcludedHosts"))
        {
            options.ExcludedHosts.Clear();
            foreach (var host in section.Texts("ExcludedHosts"))
            {
                options.ExcludedHosts.Add(host);
            }
        }

        return options;
    }
}
