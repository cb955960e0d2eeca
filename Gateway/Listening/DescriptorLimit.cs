using System.Globalization;

namespace Gateway.Listening;

/// <summary>Finds how many files, including sockets, this process may open: the soft limit, which the runtime has raised to the hard one.</summary>
internal static class DescriptorLimit
{
    private const string OpenFiles = "/proc/self/fd";

    /// <summary>The limit; <see cref="int.MaxValue"/> if there is none or if /proc does not say.</summary>
    public static int Current => Parse(File.Exists("/proc/self/limits") ? File.ReadLines("/proc/self/limits") : []);

    /// <summary>The number of files that are open now, or 0 if /proc does not say.</summary>
    public static int InUse => Directory.Exists(OpenFiles) ? Directory.EnumerateFileSystemEntries(OpenFiles).Count() - 1 : 0; // The enumeration itself is one.

    /// <summary>Parses the limit in lines of proc_pid_limits(5).</summary>
    internal static int Parse(IEnumerable<string> limits)
    {
        const string Name = "Max open files";
        var line = limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }
}
