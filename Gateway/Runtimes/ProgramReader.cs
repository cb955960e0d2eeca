using Gateway.Configuration;

namespace Gateway.Runtimes;

/// <summary>Reads the keys that several runtimes share. Each runtime reads those that it supports.</summary>
internal static class ProgramReader
{
    /// <summary>The time between the stop signal and SIGKILL if none is configured, which is that of docker stop.</summary>
    public static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The longest StopTimeout that can be configured.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromHours(1);

    public static int? Port(SectionReader section) => section.Integer("Port", 1, System.Net.IPEndPoint.MaxPort);

    public static TimeSpan? StopTimeout(SectionReader section) => section.Duration("StopTimeout", TimeSpan.Zero, LongestStop);

    public static IReadOnlyList<string> Command(SectionReader section)
    {
        var items = section.List("Command");
        if (items is [{ Value: var program }, ..] && string.IsNullOrWhiteSpace(program))
        {
            section.Error("Command", "the program's name is empty; write e.g. \"Command\": [\"./hello\"].");
        }

        if (items.Any(item => item.Value.Contains('\0', StringComparison.Ordinal)))
        {
            section.Error("Command", "holds a NUL character, which ends a program's argument; remove it.");
        }

        return [.. items.Select(item => item.Value)];
    }

    public static IReadOnlyDictionary<string, string> Environment(SectionReader section)
    {
        var map = section.Map("Environment");
        foreach (var (name, value) in map)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0') || value.Contains('\0', StringComparison.Ordinal))
            {
                section.Error("Environment", $"{ReadContext.Quote(name)} cannot be an environment variable; names are not empty and have no '=', and no NUL is in name or value.");
            }
        }

        return map;
    }
}
