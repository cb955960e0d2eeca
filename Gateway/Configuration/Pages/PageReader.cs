namespace Gateway.Configuration.Pages;

/// <summary>Reads <c>Hold:Page</c> of a function.</summary>
internal static class PageReader
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="timeout">The function's <c>Hold:Timeout</c>.</param>
    /// <param name="context">Has the machine where the theme's files are, and the themes that were read already.</param>
    /// <returns>Returns null if there is no page.</returns>
    public static PageOptions? Read(SectionReader section, TimeSpan timeout, ReadContext context)
    {
        var after = section.Duration("After", TimeSpan.Zero, Longest);
        var path = section.FilePath("Theme", "write an HTML file, or a folder with an index.html, or leave it out for the gateway's own page");
        var json = section.Flag("Json");
        section.End();
        if (after is null)
        {
            if (!section.Has("After") && (section.Has("Theme") || json is not null))
            {
                section.Error("After", "missing, so there is no page; write how long a browser waits before it gets one, e.g. \"00:00:02\".");
            }

            return null;
        }

        if (after >= timeout)
        {
            section.Error("After", $"nothing waits longer than Hold:Timeout ({Durations.Format(timeout)}), so there would be no page; lower it, or raise Hold:Timeout.");
        }

        return new PageOptions { After = after.Value, Theme = path is null ? null : Theme(section, path, context), Json = json ?? true };
    }

    private static PageTheme? Theme(SectionReader section, string path, ReadContext context)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            section.Error("Theme", $"{ReadContext.Quote(path)} is not the name of a file or folder.");
            return null;
        }

        // Without a machine the text alone is judged.
        if (context.Machine is not { } machine)
        {
            return null;
        }

        // Ten thousand functions may have the same one.
        if (!context.Themes.TryGetValue(path, out var read))
        {
            context.Themes[path] = read = ThemeFiles.Read(machine.FullPath(path));
        }

        if (read.Mistake is { } mistake)
        {
            section.Error("Theme", mistake);
        }

        return read.Theme;
    }
}
