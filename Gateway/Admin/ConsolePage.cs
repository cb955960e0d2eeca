namespace Gateway.Admin;

/// <summary>The console at <c>/</c>: one page, no scripts from elsewhere.</summary>
internal static class ConsolePage
{
    public static string Html { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(ConsolePage).Assembly.GetManifestResourceStream("Gateway.Admin.console.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
