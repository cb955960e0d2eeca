namespace Gateway.Configuration.Proxy;

/// <summary>Names that the gateway gives routes and clusters of its own.</summary>
internal static class Reserved
{
    /// <summary>How they begin.</summary>
    public const string Prefix = "headstart-";

    /// <summary>Notes an error if the user gave such a name.</summary>
    public static void Check(SectionReader section, string name, string what)
    {
        if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"{what} names that begin with '{Prefix}' are the gateway's own; choose another.");
        }
    }
}
