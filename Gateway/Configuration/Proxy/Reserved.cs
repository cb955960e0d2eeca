namespace Gateway.Configuration.Proxy;

/// <summary>Names that the gateway gives routes and clusters of its own.</summary>
internal static class Reserved
{
    /// <summary>How they begin.</summary>
    public const string Prefix = "headstart-";

    /// <summary>The gateway's own clusters, which no function can have the name of.</summary>
    public const string Listen = Prefix + "listen", WarmUp = Prefix + "warmup";

    /// <summary>Notes an error if the function would have the cluster of another purpose.</summary>
    public static void CheckFunction(SectionReader section, string name)
    {
        if (name.Equals(Listen, StringComparison.OrdinalIgnoreCase) || name.Equals(WarmUp, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"'{name}' is the name of something of the gateway's own; choose another.");
        }
    }

    /// <summary>Notes an error if the user gave such a name.</summary>
    public static void Check(SectionReader section, string name, string what)
    {
        if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"{what} names that begin with '{Prefix}' are the gateway's own; choose another.");
        }
    }
}
