using System.Text.RegularExpressions;

namespace Gateway.Ebpf.Hooks;

/// <summary>A mount of this process's mount namespace, as proc_pid_mountinfo(5) describes it.</summary>
/// <param name="Point">The mount point.</param>
/// <param name="Type">The type of the filesystem: <c>cgroup</c>, <c>cgroup2</c>.</param>
/// <param name="Options">The options of the filesystem (those behind the hyphen). A hierarchy of cgroup v1 lists its controllers there.</param>
public sealed partial record MountInfo(string Point, string Type, IReadOnlyList<string> Options)
{
    /// <summary>Reads the mounts that this process sees, in the order in which they were made.</summary>
    public static IReadOnlyList<MountInfo> ReadAll() => Parse(File.ReadLines("/proc/self/mountinfo"));

    /// <summary>Parses lines of proc_pid_mountinfo(5). A line without a hyphen is passed over.</summary>
    public static IReadOnlyList<MountInfo> Parse(IEnumerable<string> lines) =>
    [
        .. from line in lines
           let halves = line.Split(" - ", 2)
           where halves.Length == 2
           let filesystem = halves[1].Split(' ')
           select new MountInfo(Unescape(halves[0].Split(' ')[4]), filesystem[0], filesystem[^1].Split(',')),
    ];

    // Space, tab, newline and backslash are written as three octal digits.
    private static string Unescape(string text) =>
        Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups["code"].Value, 8)).ToString());

    [GeneratedRegex(@"\\(?<code>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}
