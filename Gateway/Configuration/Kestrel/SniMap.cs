namespace Gateway.Configuration.Kestrel;

/// <summary>Merges the server names of all the user's Kestrel endpoints into one map, for the https addresses of functions.</summary>
internal static class SniMap
{
    private const string Certificate = "Certificate";

    /// <summary>
    /// Merges the maps. If two endpoints have the same name the first one counts. A name without a certificate of its own gets the certificate of its
    /// endpoint, which Kestrel uses for it there.
    /// </summary>
    /// <returns>Returns a node with one child for each name, or null if the user has no <c>Sni</c>.</returns>
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
