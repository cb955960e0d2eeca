using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Keeps the processes of each instance in a group. With cgroup v2 that is <c>headstart-&lt;gateway pid&gt;/&lt;instance&gt;</c>, which cgroup.kill
/// (Linux 5.14) kills as a whole. Otherwise it is a session, which is killed by its process group.
/// </summary>
internal sealed class ProcessGroups : IDisposable
{
    private const string Prefix = "headstart-";

    private readonly string? _root;
    private readonly ProcessGuard _guard;
    private readonly TimeProvider _time;

    public ProcessGroups(string? cgroupRoot, TimeProvider time, ILogger logger)
    {
        _time = time;
        _root = cgroupRoot is null ? null : TryMake(cgroupRoot, logger);
        _guard = new ProcessGuard(_root);
    }

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

    /// <summary>Sends SIGTERM to all processes of a group.</summary>
    public static void Terminate(int processGroup, string? directory)
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

        if (Directory.Exists(directory))
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "cgroup.kill"), "1");
            await RemoveAsync(directory);
        }
    }

    public void Dispose()
    {
        _guard.Dispose();
        if (_root is not null && Directory.Exists(_root))
        {
            TryRemove(_root);
        }
    }

    // rmdir works once the last task has left, which cgroup.events reports ("populated").
    private Task RemoveAsync(string directory) =>
        CgroupEvents.WaitAsync(directory, () => TryRemove(directory), _time, CancellationToken.None);

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

    private static string? TryMake(string cgroupRoot, ILogger logger)
    {
        var root = Path.Combine(cgroupRoot, Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        try
        {
            RemoveLeftovers(cgroupRoot);
            Directory.CreateDirectory(root);
            return root;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ProcessLog.NoCgroups(logger, cgroupRoot, error.Message);
            return null;
        }
    }

    // Removes empty directories of gateways that are gone. A cgroup with processes in it cannot be removed.
    private static void RemoveLeftovers(string cgroupRoot)
    {
        foreach (var directory in Directory.GetDirectories(cgroupRoot, Prefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(directory)[Prefix.Length..], CultureInfo.InvariantCulture, out var pid) && !Directory.Exists($"/proc/{pid}"))
            {
                foreach (var instance in Directory.GetDirectories(directory))
                {
                    TryRemove(instance);
                }

                TryRemove(directory);
            }
        }
    }

    private static bool TryRemove(string directory) => NativeMethods.rmdir(directory) == 0 || !Directory.Exists(directory);
}
