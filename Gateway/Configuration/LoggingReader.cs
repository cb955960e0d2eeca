namespace Gateway.Configuration;

/// <summary>
/// Reads the levels of <c>Logging</c>, which ASP.NET Core reads itself: it does not start with a level that it does not know. All else there is its own
/// matter, and other providers than its own may have keys that nobody here knows.
/// </summary>
internal static class LoggingReader
{
    public const string Section = "Logging";

    private const string Key = "LogLevel";

    // The framework takes a level's number too.
    private static readonly string[] Levels = [.. Enum.GetNames<LogLevel>(), .. Enum.GetValues<LogLevel>().Select(level => ((int)level).ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>The providers that a web application has on Linux. Each may have levels of its own.</summary>
    private static readonly string[] Providers = ["Console", "Debug", "EventSource"];

    public static void Read(ConfigurationNode root, ReadContext context)
    {
        // An environment variable that has only the section's name is not meant for the gateway.
        if (root.Find(Section) is not { } node || (!node.HasChildren && node.Source == ConfigurationTree.Environment))
        {
            return;
        }

        var section = new SectionReader(node, node.Name, node.Source, context);
        Read(section);
        foreach (var provider in Providers)
        {
            Read(section.Section(provider));
        }
    }

    private static void Read(SectionReader section)
    {
        foreach (var category in section.Named(Key))
        {
            section.Section(Key).WordOrEmpty(category.Name, Levels);
        }

        section.RefusesList();
    }
}
