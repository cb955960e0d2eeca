using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Runtimes;

/// <summary>Reads the keys that several runtimes share. Each runtime reads those that it supports.</summary>
internal static class ProgramReader
{
    /// <summary>The time between the stop signal and SIGKILL if none is configured, which is that of docker stop.</summary>
    public static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The most processes of an instance, which is the kernel's PID_MAX_LIMIT (include/linux/threads.h).</summary>
    private const int MostPids = 4 << 20;

    /// <summary>The longest StopTimeout that can be configured.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromHours(1);

    /// <summary>What an environment variable's name looks like.</summary>
    private static readonly TextFormat s_variable = new("^[^=]+$", "PATH");

    /// <summary>What a user looks like, and after a colon a group: names or numbers.</summary>
    public static readonly TextFormat User = new("^[^: ]+(?::[^: ]+)?$", "1000:1000", "root");

    public static int? Port(SectionReader section) => section.Integer("Port", 1, System.Net.IPEndPoint.MaxPort);

    public static TimeSpan? StopTimeout(SectionReader section) => section.Duration("StopTimeout", TimeSpan.Zero, LongestStop);

    /// <summary>Reads the most processes and threads of an instance.</summary>
    public static int? Pids(SectionReader section) => section.Integer("Pids", 1, MostPids);

    /// <summary>Reads the most memory of an instance, in bytes.</summary>
    /// <param name="least">The least that can be configured, in bytes.</param>
    /// <param name="whose">Whose memory it is, for the message, as in "a container's".</param>
    public static long? Memory(SectionReader section, long least, string whose)
    {
        if (section.Text("Memory", MemorySize.Written) is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes >= least)
        {
            return bytes;
        }

        section.Error("Memory", $"{ReadContext.Quote(text)} is not {whose} memory; write a size of {MemorySize.Format(least)} or more, e.g. \"256MiB\".");
        return null;
    }

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
        var map = section.Map("Environment", s_variable);
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
