namespace Gateway.Configuration.Kestrel;

/// <summary>The server names of all the user's Kestrel endpoints as one map, for the https addresses of functions.</summary>
internal static class SniMap
{
    private const string Certificate = "Certificate";

    /// <returns>
    /// A node with one child a name, or null when the user has no <c>Sni</c>. Where two endpoints know a name the first
    /// one's word counts. A name without a certificate of its own gets its endpoint's, which it had there.
    /// </returns>
    public static ConfigurationNode? Merge(ConfigurationNode? kestrel)
    {
        ConfigurationNode? map = null;
        foreach (var endpoint in kestrel?.Find("Endpoints")?.Children ?? [])
        {
            foreach (var name in endpoint.Find("Sni")?.Children ?? [])
            {
                map ??= new ConfigurationNode("Sni", name.Source);
                if (map.Find(name.Name) is null)
                {
                    map.Adopt(name.Name, WithCertificate(name, endpoint.Find(Certificate)));
                }
            }
        }

        return map;
    }

    private static ConfigurationNode WithCertificate(ConfigurationNode name, ConfigurationNode? inherited)
    {
        if (inherited is null || name.Find(Certificate).HasContent())
        {
            return name;
        }

        var copy = new ConfigurationNode(name.Name, name.Source);
        foreach (var child in name.Children)
        {
            copy.Adopt(child.Name, child);
        }

        copy.Adopt(Certificate, inherited);
        return copy;
    }
}
