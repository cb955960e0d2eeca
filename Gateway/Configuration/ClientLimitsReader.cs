namespace Gateway.Configuration;

/// <summary>Reads <c>Gateway:Limits</c>.</summary>
internal static class ClientLimitsReader
{
    private const int Most = 10_000_000;
    private const int FewestConnections = 16;

    public static ClientLimits Read(SectionReader section)
    {
        var defaults = new ClientLimits();
        var limits = new ClientLimits
        {
            Connections = section.Integer("Connections", FewestConnections, Most),
            ConnectionsPerClient = section.Integer("ConnectionsPerClient", 1, Most),
            Held = section.Integer("Held", 1, Most) ?? defaults.Held,
            HeldBytes = Size(section, "HeldBytes") ?? defaults.HeldBytes,
        };
        if (limits.ConnectionsPerClient > limits.Connections)
        {
            section.Error("ConnectionsPerClient", $"{limits.ConnectionsPerClient} is more than Connections, {limits.Connections}; lower it or raise Connections.");
        }

        section.End();
        return limits;
    }

    private static long? Size(SectionReader section, string key)
    {
        if (section.Text(key, MemorySize.Written) is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes >= MemorySize.Smallest)
        {
            return bytes;
        }

        section.Error(key, $"{ReadContext.Quote(text)} is not a size of {MemorySize.Format(MemorySize.Smallest)} or more; write e.g. \"256MiB\".");
        return null;
    }
}
