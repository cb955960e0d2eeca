namespace Gateway.Configuration.Proxy;

/// <summary>The names of the gateway's own routes and clusters, which users cannot give to theirs.</summary>
internal static class Reserved
{
    /// <summary>The prefix of these names.</summary>
    public const string Prefix = "headstart-";

    /// <summary>The names of the gateway's own clusters. A function cannot have them, because its cluster has its name.</summary>
    public const string Listen = Prefix + "listen", WarmUp = Prefix + "warmup";

    /// <summary>Notes an error if a function has the name of one of the gateway's own clusters.</summary>
    public static void CheckFunction(SectionReader section, string name)
    {
        if (name.Equals(Listen, StringComparison.OrdinalIgnoreCase) || name.Equals(WarmUp, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"'{name}' is the name of something of the gateway's own; choose another.");
        }
    }

    /// <summary>Notes an error if a route or a cluster has a name with the prefix.</summary>
    /// <param name="section">The section of the route or cluster.</param>
    /// <param name="name">The name.</param>
    /// <param name="what"><c>route</c> or <c>cluster</c>, for the message.</param>
    public static void Check(SectionReader section, string name, string what)
    {
        if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"{what} names that begin with '{Prefix}' are the gateway's own; choose another.");
        }
    }
}
