using System.Text;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>The first process of a container, as this machine's /proc shows it: proc(5).</summary>
internal sealed class FirstProcess
{
    // What a process is from its start on. The rest of /proc/PID/status is how much it has done.
    private static readonly string[] s_status =
        ["Umask", "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"];

    private readonly string _directory;

    private FirstProcess(string directory) => _directory = directory;

    /// <summary>Finds it by the container's cgroup, and by being process 1 in the innermost of its PID namespaces.</summary>
    /// <exception cref="InvalidOperationException">There is none: the program is not process 1.</exception>
    public static FirstProcess Of(string container) => Directory.EnumerateDirectories("/proc").Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0]))
        .Where(directory => Read(directory, "cgroup").Contains(container, StringComparison.Ordinal))
        .Where(directory => StatusOf(directory).GetValueOrDefault("NSpid")?.Split('\t') is [_, .., "1"])
        .Select(directory => new FirstProcess(directory)).Single();

    /// <summary>Returns all that the program could tell one start from another by, but for the host name that each container has of its own.</summary>
    public string ReadFacts()
    {
        var text = new StringBuilder();
        Add("program", Link("exe"));
        Add("arguments", Words("cmdline"));
        Add("name", Read(_directory, "comm").Trim());
        // Podman gives the variables in another order each time.
        Add("environment", string.Join(" | ", Words("environ").Split(" | ").Where(variable => !variable.StartsWith("HOSTNAME=", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
        Add("working directory", Link("cwd"));
        Add("standard input", Link("fd/0"));
        var status = StatusOf(_directory);
        Array.ForEach(s_status, field => Add(field, status[field]));
        Add("oom_score_adj", Read(_directory, "oom_score_adj").Trim());
        Add("limits", Read(_directory, "limits"));
        return text.ToString();

        void Add(string name, string value) => text.Append(name).Append(": ").AppendLine(value);
    }

    private string Link(string name) => new FileInfo(Path.Combine(_directory, name)).LinkTarget ?? "";

    private string Words(string name) => Read(_directory, name).Replace("\0", " | ", StringComparison.Ordinal);

    private static Dictionary<string, string> StatusOf(string directory) => Read(directory, "status").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim());

    // A process may end while it is looked at.
    private static string Read(string directory, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, name));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
