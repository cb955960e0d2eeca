using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Limits the memory and the number of processes of instances by their cgroups: in cgroup v2, or in the hierarchies of v1 on machines whose controllers are
/// there.
/// </summary>
/// <param name="root">The directory in cgroup v2 that holds the groups of all instances, or null if there is none.</param>
internal sealed class GroupLimits(string? root, CgroupV1 memory, CgroupV1 pids)
{
    /// <summary>Why nothing can be limited where there is no directory for groups.</summary>
    public const string NoCgroups = "the gateway has no cgroups here (event 3001)";

    private const string Memory = "memory";
    private const string Pids = "pids";

    /// <summary>Gets the directories in v1 that belong to <paramref name="root"/>. They are there only if a function with limits was started.</summary>
    public IReadOnlyList<string> Others { get; } = root is null ? [] : [.. new[] { memory.Of(root), pids.Of(root) }.OfType<string>()];

    /// <summary>Makes ready what the limits of a function need, before its first start.</summary>
    /// <returns>Returns the key that cannot take effect and why, or null if all can.</returns>
    public (string Key, string Why)? Prepare(ProcessRunOptions run)
    {
        foreach (var (key, controller, isWanted, v1) in Wanted(run))
        {
            if (isWanted && TryEnable(controller, v1) is { } why)
            {
                return (key, why);
            }
        }

        return null;
    }

    /// <summary>Finds out, without making anything ready, whether the limits of a function can take effect.</summary>
    /// <param name="run">The function's options.</param>
    /// <param name="place">The directory below which the groups of all instances would be.</param>
    /// <returns>Returns the key that cannot take effect and why, or null if all can.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public (string Key, string Why)? Foresee(ProcessRunOptions run, string place)
    {
        foreach (var (key, controller, isWanted, v1) in Wanted(run))
        {
            if (isWanted && WhyNotBelow(place, controller, v1) is { } why)
            {
                return (key, why);
            }
        }

        return null;
    }

    /// <summary>Has the kernel count the memory of instances that are started from now on. Returns why it cannot, or null if it does.</summary>
    public string? CountMemory() => TryEnable(Memory, memory);

    /// <summary>Limits an instance that is to be started.</summary>
    /// <param name="directory">Its cgroup in v2, or null if it has none.</param>
    /// <returns>Returns the <c>cgroup.procs</c> files by which its program has to join groups of v1.</returns>
    /// <exception cref="IOException">The limits cannot be set.</exception>
    /// <exception cref="UnauthorizedAccessException">The limits must not be set.</exception>
    public IReadOnlyList<string> Apply(string? directory, ProcessRunOptions run)
    {
        List<string> joined = [];
        if (run.Memory is { } bytes)
        {
            var (place, isV1) = Place(directory, "memory.max", memory, joined);
            Write(place, isV1 ? "memory.limit_in_bytes" : "memory.max", bytes);
            // As much swap besides as memory, where the machine counts swap. In v1 the limit is that of both together.
            WriteIfThere(place, isV1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max", isV1 ? 2 * bytes : bytes);
        }

        if (run.Pids is { } count)
        {
            var (place, _) = Place(directory, "pids.max", pids, joined);
            Write(place, "pids.max", count);
        }

        return joined;
    }

    /// <summary>Returns whether the kernel has killed a process of the instance because the instance reached its <c>Memory</c>.</summary>
    public bool WasOutOfMemory(string? directory) => Count(directory, "memory.events", memory, "memory.oom_control", "oom_kill ") > 0;

    /// <summary>Returns whether the kernel has refused the instance a process because it reached its <c>Pids</c>.</summary>
    public bool WasOutOfPids(string? directory) => Count(directory, "pids.events", pids, "pids.events", "max ") > 0;

    /// <summary>Removes an instance's groups in v1, of which no process is left.</summary>
    public void Remove(string directory)
    {
        foreach (var other in new[] { memory.Of(directory), pids.Of(directory) }.OfType<string>())
        {
            GroupRoot.TryRemove(other);
        }
    }

    private (string Key, string Controller, bool IsWanted, CgroupV1 V1)[] Wanted(ProcessRunOptions run) =>
        [(nameof(run.Memory), Memory, run.Memory is not null, memory), (nameof(run.Pids), Pids, run.Pids is not null, pids)];

    private string? TryEnable(string controller, CgroupV1 v1)
    {
        if (root is null)
        {
            return NoCgroups;
        }

        try
        {
            if (v1.Of(root) is { } other)
            {
                Directory.CreateDirectory(other);
                return null;
            }

            foreach (var directory in new[] { Path.GetDirectoryName(root)!, root })
            {
                if (WhyNotHandedDown(directory, controller) is { } why)
                {
                    return why;
                }

                if (!Holds(directory, "cgroup.subtree_control", controller))
                {
                    File.WriteAllText(Path.Combine(directory, "cgroup.subtree_control"), "+" + controller);
                }
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the controller '{controller}' cannot be used below {root}: {error.Message}";
        }
    }

    private static string? WhyNotBelow(string place, string controller, CgroupV1 v1)
    {
        if (v1.Of(Path.Combine(place, "any")) is not { } other)
        {
            return WhyNotHandedDown(place, controller);
        }

        var directory = FileRights.NearestExisting(other);
        return FileRights.WhyNotWritable(directory) is { } refused ? $"nothing can be made in {directory}: {refused}" : null;
    }

    private static string? WhyNotHandedDown(string directory, string controller) =>
        Holds(directory, "cgroup.controllers", controller) ? null : $"the controller '{controller}' is not handed down to {directory}";

    private static bool Holds(string directory, string file, string word) =>
        File.ReadAllText(Path.Combine(directory, file)).Split((char[])[' ', '\n']).Contains(word, StringComparer.Ordinal);

    private static (string Place, bool IsV1) Place(string? directory, string file, CgroupV1 v1, List<string> joined)
    {
        if (directory is null || File.Exists(Path.Combine(directory, file)))
        {
            return (directory ?? throw new IOException("there is no cgroup"), false);
        }

        var other = v1.Of(directory) ?? throw new IOException($"there is no {file} in {directory}");
        Directory.CreateDirectory(other);
        joined.Add(Path.Combine(other, "cgroup.procs"));
        return (other, true);
    }

    private static void Write(string directory, string file, long value) =>
        File.WriteAllText(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));

    private static void WriteIfThere(string directory, string file, long value)
    {
        if (File.Exists(Path.Combine(directory, file)))
        {
            Write(directory, file, value);
        }
    }

    private static long Count(string? directory, string file, CgroupV1 v1, string fileInV1, string word)
    {
        if (directory is null)
        {
            return 0;
        }

        var path = Path.Combine(directory, file);
        path = File.Exists(path) || v1.Of(directory) is not { } other ? path : Path.Combine(other, fileInV1);
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal));
            return long.TryParse(line?[word.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
