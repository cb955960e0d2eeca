using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Gateway.Ebpf.Native;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>Finds cgroups as the kernel names them: by id, which is the directory's inode.</summary>
public static unsafe partial class Cgroup
{
    /// <summary>The inode of the hierarchy's true root (kernfs gives it the first one). A namespace's root has another.</summary>
    public const ulong RootId = 1;

    private const string MountInfo = "/proc/self/mountinfo";

    /// <summary>The id that <c>bpf_get_current_cgroup_id</c> gives for this directory, or null when there is no such directory.</summary>
    public static ulong? IdOf(string path)
    {
        statx_result result;
        if (LibC.statx(LibCFlags.AT_FDCWD, path, 0, LibCFlags.STATX_INO, &result) == 0)
        {
            return result.stx_ino;
        }
        var errno = Marshal.GetLastPInvokeError();
        return errno is ErrnoCodes.ENOENT or ErrnoCodes.ENOTDIR ? null : throw BpfException.FromErrno($"asking for the inode of {path}", errno);
    }

    /// <summary>Where cgroup v2 is mounted: the mount that shows the machine's root if there is one, else the first.</summary>
    /// <exception cref="BpfException">cgroup v2 is not mounted.</exception>
    public static string FindRoot()
    {
        var mounts = MountsOf(File.ReadLines(MountInfo));
        return mounts.FirstOrDefault(mount => IdOf(mount) == RootId)
            ?? (mounts.Count > 0 ? mounts[0] : null)
            ?? throw new BpfException(
                "cgroup v2 is not mounted: mount it (mount -t cgroup2 none /sys/fs/cgroup) or name the directory.",
                "finding the cgroup v2 hierarchy", ErrnoCodes.ENOENT);
    }

    /// <summary>The mount points of type cgroup2 in lines of proc_pid_mountinfo(5).</summary>
    internal static IReadOnlyList<string> MountsOf(IEnumerable<string> mountInfo) =>
        [.. from line in mountInfo
            let halves = line.Split(" - ", 2)
            where halves.Length == 2 && halves[1].StartsWith("cgroup2 ", StringComparison.Ordinal)
            select Unescape(halves[0].Split(' ')[4])];

    // Space, tab, newline and backslash stand there as three octal digits.
    private static string Unescape(string text) =>
        Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups["code"].Value, 8)).ToString());

    [GeneratedRegex(@"\\(?<code>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}
