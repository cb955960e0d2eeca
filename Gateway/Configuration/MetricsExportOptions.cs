using System.Collections.Frozen;
using Gateway.Configuration.Policies;

namespace Gateway.Configuration;

/// <summary>Where metrics are sent, besides that they can be scraped.</summary>
internal sealed record MetricsExportOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromHours(1);

    /// <summary>Headers that say how the body is carried, which the gateway sets itself.</summary>
    private static readonly FrozenSet<string> Own = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    /// <summary>The collector's address; null for no export.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>What is sent with the metrics, such as a key.</summary>
    public FrozenDictionary<string, string> Headers { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The time from one export to the next.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    public bool Equals(MetricsExportOptions? other) =>
        other is not null && Endpoint == other.Endpoint && Every == other.Every
        && Headers.Count == other.Headers.Count && Headers.All(pair => other.Headers.TryGetValue(pair.Key, out var its) && pair.Value == its);

    public override int GetHashCode() => HashCode.Combine(Endpoint, Every, Headers.Count);

    /// <summary>Reads the section.</summary>
    public static MetricsExportOptions Read(SectionReader section)
    {
        var defaults = new MetricsExportOptions();
        var endpoint = section.Text("Endpoint");
        var export = new MetricsExportOptions
        {
            Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null,
            Headers = section.Map("Headers", HeaderName.Written).ToFrozenDictionary(item => item.Key, item => item.Value, StringComparer.OrdinalIgnoreCase),
            Every = section.Duration("Every", Shortest, Longest) ?? defaults.Every,
        };
        if (endpoint is not null && export.Endpoint is null)
        {
            section.Error("Endpoint", $"{ReadContext.Quote(endpoint)} is not the address of a collector; write e.g. \"http://127.0.0.1:4318\".");
        }
        else if (export.Endpoint is { UserInfo.Length: > 0 })
        {
            section.Error("Endpoint", "a user or password in an address is not sent; write it as the header Authorization in Headers.");
        }
        else if (endpoint is null && export != defaults)
        {
            section.Error("Endpoint", "missing, so nothing is sent; write the collector's address, e.g. \"http://127.0.0.1:4318\".");
        }

        foreach (var (name, value) in export.Headers)
        {
            if (!HeaderName.IsValid(name) || !value.All(c => c is >= ' ' and <= '~'))
            {
                section.Error("Headers", $"{ReadContext.Quote(name)} is not a header's name, or its value has something else in it than printable ASCII.");
            }
            else if (Own.Contains(name))
            {
                section.Error("Headers", $"{ReadContext.Quote(name)} is set by the gateway itself; leave it out.");
            }
        }

        section.End();
        return export;
    }
}
