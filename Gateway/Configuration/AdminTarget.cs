namespace Gateway.Configuration;

/// <summary>Where a running gateway's admin endpoint is, and what it takes to be answered there.</summary>
/// <param name="Options">What the configuration says of the endpoint.</param>
/// <param name="ContentRoot">The folder in which relative paths start.</param>
/// <param name="Certificate">The file with the certificate that the endpoint shows, or null if none is configured.</param>
internal sealed record AdminTarget(AdminOptions Options, string ContentRoot, string? Certificate)
{
    /// <summary>Reads the endpoint's section by the reader that a start uses, and nothing else.</summary>
    /// <exception cref="ConfigurationException">The section is wrong. The exception holds every mistake in it.</exception>
    public static AdminTarget Read(IConfiguration configuration, string contentRoot)
    {
        var root = ConfigurationTree.Of(configuration);
        // No runtimes: the section names none.
        var context = new ReadContext([]);
        var gateway = new SectionReader(root.Find("Gateway"), root.Find("Gateway")?.Name ?? "Gateway", ConfigurationError.AnySource, context);
        var admin = new AdminReader(gateway, context, new AddressClaims(context)).Read(root.Find("Kestrel"));
        return context.Errors.Count == 0
            ? new AdminTarget(admin, contentRoot, CertificateOf(configuration, contentRoot))
            : throw new ConfigurationException(context.Errors);
    }

    private static string? CertificateOf(IConfiguration configuration, string contentRoot) =>
        (configuration["Gateway:Admin:Certificate:Path"] ?? configuration["Kestrel:Certificates:Default:Path"]) is { Length: > 0 } path ? Path.GetFullPath(path, contentRoot) : null;
}
