using System.Globalization;

namespace Gateway.Readiness;

/// <summary>Reads from /proc the names, the ancestors and the sockets of processes.</summary>
internal static class ProcessTable
{
    private const string SocketPrefix = "socket:[";

    /// <summary>Returns the processes in a cgroup v2 directory and below it, in no order; none if there is no such directory.</summary>
    /// <remarks>Processes outside this process's PID namespace have no id here and are left out (cgroups(7)).</remarks>
    public static IReadOnlyList<int> InCgroup(string directory)
    {
        try
        {
            return
            [
                .. from entry in Directory.EnumerateFiles(directory, "cgroup.procs", SearchOption.AllDirectories)
                   from line in File.ReadAllLines(entry)
                   let pid = int.Parse(line, CultureInfo.InvariantCulture)
                   where pid > 0
                   select pid,
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The cgroup was removed, or is a threaded one, which lists no processes.
            return [];
        }
    }

    /// <summary>Returns the processes of a process group, in no order.</summary>
    public static IReadOnlyList<int> InProcessGroup(int group) => [.. All().Where(pid => Stat(pid) is { } stat && stat.Group == group)];

    /// <summary>Returns the processes that hold a socket, as far as this process may read their descriptors.</summary>
    public static IReadOnlyList<int> Holding(string inode) => [.. All().Where(pid => SocketsOf(pid)?.Contains(inode) == true)];

    /// <summary>Returns the inodes of the sockets that a process holds; null if the process has ended or its descriptors may not be read.</summary>
    public static HashSet<string>? SocketsOf(int pid)
    {
        try
        {
            return
            [
                .. from descriptor in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
                   let target = TargetOf(descriptor)
                   where target?.StartsWith(SocketPrefix, StringComparison.Ordinal) == true
                   select target[SocketPrefix.Length..^1],
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Finds a descriptor of one of these sockets, by their inodes.</summary>
    /// <returns>Returns its number and the inode; null if the process has none, has ended, or its descriptors may not be read.</returns>
    public static (int Descriptor, string Inode)? DescriptorOf(int pid, HashSet<string> inodes)
    {
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
            {
                if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && SocketAt($"{pid}", number) is { } inode && inodes.Contains(inode))
                {
                    return (number, inode);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is somebody else's.
        }

        return null;
    }

    /// <summary>Returns the inode of the socket that a descriptor of a process is of; null if it is of none.</summary>
    public static string? SocketAt(string process, int descriptor) =>
        TargetOf($"/proc/{process}/fd/{descriptor}") is { } target && target.StartsWith(SocketPrefix, StringComparison.Ordinal) ? target[SocketPrefix.Length..^1] : null;

    /// <summary>Returns the name of a process's program (comm), or null if the process has ended.</summary>
    public static string? NameOf(int pid) => Stat(pid)?.Name;

    /// <summary>Returns a process's parent, the parent's parent and so on.</summary>
    public static IEnumerable<int> AncestorsOf(int pid)
    {
        while (Stat(pid) is { Parent: > 0 } stat)
        {
            yield return pid = stat.Parent;
        }
    }

    /// <summary>Returns the effective uid of a process, or null if the process has ended.</summary>
    public static uint? UserOf(int pid)
    {
        try
        {
            // proc_pid_status(5): the real, the effective, the saved and the file system's.
            var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            return uint.Parse(line.Split('\t')[2], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns what identifies a process's network namespace; null if the process has ended or may not be inspected.</summary>
    public static string? NetworkOf(string process) => TargetOf($"/proc/{process}/ns/net");

    private static IEnumerable<int> All() =>
        from directory in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where pid > 0
        select pid;

    // proc_pid_stat(5): pid (comm) state ppid pgrp ...; the name may hold spaces and parentheses.
    private static ProcessStat? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var (open, close) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(')'));
            var fields = text[(close + 2)..].Split(' ');
            return new ProcessStat(text[(open + 1)..close], int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[2], CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record ProcessStat(string Name, int Parent, int Group);
}
