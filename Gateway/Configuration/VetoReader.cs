using System.Globalization;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads <c>Idle:Veto</c>.</summary>
internal static class VetoReader
{
    private const int MaxVetoes = 16;
    private const double MaxCpu = 1024;
    private const double MinCpu = 0.001;
    private static readonly string[] s_kinds = ["Path", "File", "Cpu", "Command"];
    private static readonly TextFormat s_path = new("^/[!\"$-~]*$", "/busy");
    private static readonly TextFormat s_file = new("^/", "/run/backup.lock");
    private static readonly TimeSpan s_soonest = TimeSpan.FromSeconds(1), s_latest = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10), s_longest = TimeSpan.FromMinutes(1);

    /// <summary>Reads the list.</summary>
    /// <param name="idle">The function's <c>Idle</c> section.</param>
    public static ValueList<VetoOptions> Read(SectionReader idle)
    {
        var entries = idle.Objects("Veto");
        if (entries.Count > MaxVetoes)
        {
            idle.Error("Veto", string.Create(CultureInfo.InvariantCulture, $"there are {entries.Count} entries, and {MaxVetoes} are the most."));
        }

        return entries.Count == 0 ? ValueList<VetoOptions>.Empty : new ValueList<VetoOptions>(entries.Take(MaxVetoes).Select(Veto));
    }

    private static VetoOptions Veto(SectionReader entry)
    {
        var kinds = entry.HasOneOf(s_kinds);
        var defaults = new VetoOptions();
        var veto = new VetoOptions
        {
            Path = Path(entry),
            File = File(entry),
            Cpu = entry.Number("Cpu", MinCpu, MaxCpu),
            Command = new ValueList<string>(entry.List("Command").Select(static item => item.Value)),
            Every = entry.Duration("Every", s_soonest, s_latest) ?? defaults.Every,
            Timeout = entry.Duration("Timeout", s_shortest, s_longest) ?? defaults.Timeout,
        };
        if (kinds.Count != 1 && entry.Node is not { HasChildren: false, Value.Length: > 0 })
        {
            entry.Error(kinds.Count == 0
                ? $"it asks nothing; name one of {string.Join(", ", s_kinds)}."
                : $"{string.Join(" and ", kinds)} are questions of their own; make an entry of each.");
        }
        else if (kinds is ["Cpu"] && entry.Has("Timeout"))
        {
            entry.Error("Timeout", "the processor time of an instance is measured, and nobody has to answer; remove Timeout.");
        }
        else if (kinds is ["Command"] && veto.Command is [] or ["", ..] && entry.Node?.Find("Command") is not { Value.Length: > 0 })
        {
            entry.Error("Command", "it names no program; write a list, the program first, e.g. [\"/usr/bin/test\", \"-e\", \"/run/busy\"].");
        }

        entry.End();
        return veto;
    }

    private static string? Path(SectionReader entry)
    {
        var path = entry.Text("Path", s_path);
        if (path is not null && (!path.StartsWith('/') || path.Any(c => c is <= ' ' or > '~' or '#')))
        {
            entry.Error("Path", $"{ReadContext.Quote(path)} is not a path; start it with '/' and percent-encode all but printable ASCII.");
        }

        return path;
    }

    private static string? File(SectionReader entry)
    {
        var file = entry.Text("File", s_file);
        if (file is not null && !file.StartsWith('/'))
        {
            entry.Error("File", $"{ReadContext.Quote(file)} is not a whole path; start it with '/', e.g. \"/run/backup.lock\".");
        }

        return file;
    }
}
