namespace Gateway.Lab;

/// <summary>The source tree that this assembly was built in.</summary>
public static class SourceTree
{
    /// <exception cref="LabException">The assembly is not below a source tree.</exception>
    public static string Root => field ??= FindRoot();

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string Path(params IReadOnlyList<string> parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "samples", "build")))
            {
                return directory.FullName;
            }
        }

        throw new LabException($"No samples/build above {AppContext.BaseDirectory}; run from inside the source tree");
    }
}
