namespace Gateway.Lab.Benchmarks;

/// <summary>Finds the programs that <c>./bench</c> has published before, so that what users run is measured and not a development build.</summary>
internal static class PublishedPrograms
{
    public static string Gateway => Find("gateway", "Gateway");

    /// <summary>The gateway that was published into another folder.</summary>
    /// <exception cref="LabException">None is there.</exception>
    public static string GatewayIn(string folder) =>
        Path.GetFullPath(Path.Combine(folder, "Gateway")) is var path && File.Exists(path) ? path : throw new LabException($"There is no {path}; publish a gateway into that folder, e.g. with scripts/publish in a worktree of its commit");

    public static string BareYarp => Find("bare-yarp", "BareYarp");

    public static string AllocationProbe => Find("allocation-probe", "AllocationProbe.dll");

    private static string Find(string folder, string file)
    {
        var path = SourceTree.Path("artifacts", folder, file);
        return File.Exists(path) ? path : throw new LabException($"There is no {path}; run ./bench, which publishes it");
    }
}
