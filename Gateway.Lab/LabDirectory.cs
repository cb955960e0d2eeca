using System.Globalization;
using Gateway.Lab.Engines;

namespace Gateway.Lab;

/// <summary>
/// A directory under <c>headstart-lab/</c> in the system's temp folder, named after its owner: pid and start time. A
/// run that crashed leaves its directories; the next one that makes any removes those whose owner is gone.
/// </summary>
public sealed class LabDirectory : IDisposable
{
    private LabDirectory(string path) => Path = path;

    public string Path { get; }

    /// <param name="purpose">The name's first part, without a hyphen.</param>
    public static LabDirectory Create(string purpose)
    {
        var root = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "headstart-lab");
        Directory.CreateDirectory(root);
        RemoveAbandoned(root);
        var owner = Environment.ProcessId;
        var unique = Guid.NewGuid().ToString("N")[..8];
        var path = System.IO.Path.Combine(root, $"{purpose}-{owner}-{StartTime(owner)}-{unique}");
        Directory.CreateDirectory(path);
        return new LabDirectory(path);
    }

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Remove(Path);

    private static void RemoveAbandoned(string root)
    {
        foreach (var path in Directory.EnumerateDirectories(root))
        {
            if (IsAbandoned(System.IO.Path.GetFileName(path)))
            {
                Remove(path);
            }
        }
    }

    private static void Remove(string path)
    {
        try
        {
            DockerRemnants.RemoveCgroups(path);
            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another run removes it too, or its processes are still ending: the next run finds what is left.
        }
    }

    private static bool IsAbandoned(string name) =>
        name.Split('-') is [_, var pid, var start, _]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var owner)
        && StartTime(owner) != start;

    /// <summary>Returns the start time of a process in clock ticks since boot (field 22 of /proc/pid/stat, proc(5)); empty if there is no such process.</summary>
    private static string StartTime(int pid)
    {
        try
        {
            // The second field, the name in parentheses, may hold spaces: count from its end.
            var stat = System.IO.File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (IOException)
        {
            return "";
        }
    }
}
