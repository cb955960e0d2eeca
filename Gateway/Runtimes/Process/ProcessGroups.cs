using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Keeps the processes of each instance in a group. With cgroup v2 that is <c>headstart-&lt;gateway pid&gt;/&lt;instance&gt;</c>, which cgroup.kill
/// (Linux 5.14) kills as a whole. Otherwise it is a session, which is killed by its process group.
/// </summary>
internal sealed class ProcessGroups : IDisposable
{
    private readonly string? _root;
    private readonly ProcessGuard _guard;
    private readonly TimeProvider _time;

    public ProcessGroups(string? cgroupRoot, TimeProvider time, ILogger logger)
    {
        _time = time;
        var (memory, pids) = (CgroupV1.Find("memory", cgroupRoot), CgroupV1.Find("pids", cgroupRoot));
        _root = cgroupRoot is null ? null : GroupRoot.TryMake(cgroupRoot, [memory, pids], logger);
        Limits = new GroupLimits(_root, memory, pids);
        _guard = new ProcessGuard(_root, Limits.Others);
    }

    /// <summary>Gets the limits of memory and processes.</summary>
    public GroupLimits Limits { get; }

    /// <summary>Makes a group and returns its directory, or null without cgroups.</summary>
    public string? Make(string instance)
    {
        if (_root is null)
        {
            return null;
        }

        var directory = Path.Combine(_root, instance);
        Directory.CreateDirectory(directory);
        return directory;
    }

    /// <summary>Tells the guard about a process group that has no cgroup.</summary>
    public void Started(int processGroup, string? directory)
    {
        if (directory is null)
        {
            _guard.Add(processGroup);
        }
    }

    /// <summary>Sends SIGTERM to all processes of a group, and gives the program its time to end.</summary>
    /// <param name="processGroup">The process group.</param>
    /// <param name="directory">The cgroup, or null.</param>
    /// <param name="isFrozen">Whether it is frozen. A frozen program would not get the signal.</param>
    /// <param name="ended">Completes when the program has ended.</param>
    /// <param name="longest">How long it has before it is killed.</param>
    /// <param name="time">The clock.</param>
    public static async Task AskToEndAsync(int processGroup, string? directory, bool isFrozen, Task ended, TimeSpan longest, TimeProvider time)
    {
        try
        {
            if (isFrozen)
            {
                Freezer.Thaw(processGroup, directory);
            }
        }
        catch (RuntimeException)
        {
            // The kill that follows ends frozen processes too.
        }

        Terminate(processGroup, directory);
        await Task.WhenAny(ended, Task.Delay(longest, time));
    }

    private static void Terminate(int processGroup, string? directory)
    {
        if (directory is null)
        {
            _ = NativeMethods.kill(-processGroup, NativeMethods.SIGTERM);
            return;
        }

        foreach (var pid in Members(directory))
        {
            _ = NativeMethods.kill(pid, NativeMethods.SIGTERM);
        }
    }

    /// <summary>Kills what is left of a group, and removes it.</summary>
    /// <param name="processGroup">The process group, or 0 if nothing was started in it.</param>
    /// <param name="directory">The cgroup, or null.</param>
    public async Task KillAsync(int processGroup, string? directory)
    {
        if (directory is null)
        {
            // To kill(2), group 0 would be our own.
            if (processGroup == 0)
            {
                return;
            }

            _ = NativeMethods.kill(-processGroup, NativeMethods.SIGKILL);
            _guard.Remove(processGroup);
            return;
        }

        await KillAsync(directory, _time);
        Limits.Remove(directory);
    }

    /// <summary>Kills what is left in a cgroup, and removes it.</summary>
    public static async Task KillAsync(string directory, TimeProvider time)
    {
        if (Directory.Exists(directory))
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "cgroup.kill"), "1");
            await RemoveAsync(directory, time);
        }
    }

    /// <summary>Leaves the groups to the next gateway.</summary>
    /// <returns>Returns the writing end of the guard's input, which the next gateway has to hold.</returns>
    public SafeHandle Leave()
    {
        _guard.Leave();
        return _guard.Input;
    }

    public void Dispose()
    {
        _guard.Dispose();
        foreach (var directory in (string?[])[_root, .. Limits.Others])
        {
            if (directory is not null && Directory.Exists(directory))
            {
                GroupRoot.TryRemove(directory);
            }
        }
    }

    // rmdir works once the last task has left, which cgroup.events reports ("populated").
    private static Task RemoveAsync(string directory, TimeProvider time) =>
        CgroupEvents.WaitAsync(directory, () => GroupRoot.TryRemove(directory), time, CancellationToken.None);

    private static int[] Members(string directory)
    {
        try
        {
            return [.. File.ReadAllLines(Path.Combine(directory, "cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
