namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>OutputCache</c>: the properties of OutputCacheOptions, and policies that have the rules of OutputCachePolicyBuilder by name.</summary>
internal static class OutputCacheReader
{
    private const long DefaultSizeLimit = 100 << 20;
    private const long DefaultBodySize = 64 << 20;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);
    private static readonly TimeSpan DefaultExpiration = TimeSpan.FromSeconds(60);

    public static CacheOptions Read(SectionReader section)
    {
        var expiration = section.Duration("DefaultExpirationTimeSpan", Shortest, Longest) ?? DefaultExpiration;
        return new CacheOptions(
            Size(section, "SizeLimit") ?? DefaultSizeLimit,
            Size(section, "MaximumBodySize") ?? DefaultBodySize,
            expiration,
            section.Flag("UseCaseSensitivePaths") ?? true,
            PoliciesReader.Named(section, policy => Policy(policy, expiration)));
    }

    private static CachePolicy Policy(SectionReader section, TimeSpan expiration)
    {
        var policy = new CachePolicy(
            section.Duration("Expire", Shortest, Longest) ?? expiration,
            section.Has("VaryByQuery") ? section.Texts("VaryByQuery") : ["*"],
            Headers(section),
            section.Flag("VaryByHost") ?? true,
            section.Flag("Locking") ?? false);
        section.End();
        return policy;
    }

    private static string[] Headers(SectionReader section)
    {
        var names = section.List("VaryByHeader", HeaderName.Written);
        foreach (var item in names)
        {
            if (!HeaderName.IsValid(item.Value))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not a header's name.");
            }
        }

        return [.. names.Select(item => item.Value)];
    }

    /// <summary>Returns a size in bytes, or null if it is left out or wrong.</summary>
    private static long? Size(SectionReader section, string key)
    {
        if (section.Text(key, MemorySize.Written) is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes > 0)
        {
            return bytes;
        }

        section.Error(key, $"{ReadContext.Quote(text)} is not a size; write e.g. \"100MiB\".");
        return null;
    }
}
