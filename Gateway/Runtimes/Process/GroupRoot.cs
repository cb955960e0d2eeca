using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Finds and makes the directory in cgroup v2 that holds the groups of all instances: <c>headstart-&lt;gateway pid&gt;</c>, below the root for a gateway that may
/// write there, else below the gateway's own cgroup if that is delegated to it (systemd's <c>Delegate=</c>; cgroup-v2.rst, "Delegation").
/// </summary>
internal static class GroupRoot
{
    private const string Prefix = "headstart-";

    /// <summary>
    /// The cgroup of the gateway itself where it uses a delegated one, because a cgroup with processes in it cannot hand controllers down (cgroup-v2.rst, "No Internal Process
    /// Constraint"). It is the unit's <c>DelegateSubgroup=</c>.
    /// </summary>
    private const string OwnName = "gateway";

    /// <summary>Makes the directory, and removes what gateways that are gone have left.</summary>
    /// <param name="cgroupRoot">The mount point of cgroup v2.</param>
    /// <param name="v1">The hierarchies of v1 in which there may be directories of the same names.</param>
    /// <returns>Returns null if that is not possible.</returns>
    public static string? TryMake(string cgroupRoot, IReadOnlyList<CgroupV1> v1, ILogger logger)
    {
        var reason = "";
        foreach (var (place, isOwn) in Places(cgroupRoot))
        {
            try
            {
                RemoveLeftovers(place);
                foreach (var other in v1.Select(hierarchy => hierarchy.Of(Path.Combine(place, Prefix))).OfType<string>())
                {
                    RemoveLeftovers(Path.GetDirectoryName(other)!);
                }

                var root = Path.Combine(place, Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                Directory.CreateDirectory(root);
                if (isOwn)
                {
                    Leave(place);
                }

                return root;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                reason = reason.Length == 0 ? error.Message : reason;
            }
        }

        ProcessLog.NoCgroups(logger, cgroupRoot, reason);
        return null;
    }

    /// <summary>Finds where <see cref="TryMake"/> would make the directory, without making it.</summary>
    /// <param name="cgroupRoot">The mount point of cgroup v2.</param>
    /// <returns>Returns the place, or why there is none.</returns>
    public static (string? Place, string Why) Find(string cgroupRoot)
    {
        var why = "";
        foreach (var (place, _) in Places(cgroupRoot))
        {
            if (FileRights.WhyNotWritable(place) is not { } refused)
            {
                return (place, "");
            }

            why = why.Length == 0 ? $"{place}: {refused}" : why;
        }

        return (null, why);
    }

    /// <summary>Removes an empty cgroup. Returns false if it is there still.</summary>
    public static bool TryRemove(string directory) => NativeMethods.rmdir(directory) == 0 || !Directory.Exists(directory);

    private static IEnumerable<(string Place, bool IsOwn)> Places(string cgroupRoot)
    {
        yield return (cgroupRoot, false);
        if (Own() is not { } path || Path.GetFullPath(cgroupRoot + path) is var own && (own.Length <= cgroupRoot.Length || !Directory.Exists(own)))
        {
            yield break;
        }

        yield return Path.GetFileName(own) == OwnName && Path.GetDirectoryName(own) is { } parent && parent.Length > cgroupRoot.Length ? (parent, false) : (own, true);
    }

    // cgroups(7): the line of v2 begins with 0::.
    private static string? Own() =>
        File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..].TrimEnd('/') is { Length: > 0 } path ? path : null;

    private static void Leave(string place)
    {
        try
        {
            var own = Path.Combine(place, OwnName);
            Directory.CreateDirectory(own);
            File.WriteAllText(Path.Combine(own, "cgroup.procs"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only a function with limits needs it, and is told then.
        }
    }

    // A cgroup with processes in it cannot be removed.
    private static void RemoveLeftovers(string place)
    {
        foreach (var directory in Directory.Exists(place) ? Directory.GetDirectories(place, Prefix + "*") : [])
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
}
