using Gateway.Ebpf.Hooks;

namespace Gateway.Lab.Engines;

/// <summary>
/// What a killed engine leaves outside its directory: an empty cgroup in every hierarchy for each container that ran.
/// </summary>
internal static class DockerRemnants
{
    /// <param name="directory">A <see cref="DockerEngine"/>'s or a <see cref="PodmanEngine"/>'s; any other is left alone.</param>
    public static void RemoveCgroups(string directory)
    {
        Thaw(directory);
        foreach (var cgroup in Cgroups(directory))
        {
            RemoveEmpty(cgroup);
        }
    }

    /// <summary>Lets paused containers go on: cgroup v1's freezer holds its processes even when they are killed (freezer-subsystem.rst).</summary>
    public static void Thaw(string directory)
    {
        foreach (var state in Cgroups(directory).Select(cgroup => Path.Combine(cgroup, "freezer.state")).Where(File.Exists))
        {
            try
            {
                File.WriteAllText(state, "THAWED");
            }
            catch (IOException)
            {
                // Its last process has ended, and it with it.
            }
        }
    }

    private static IEnumerable<string> Cgroups(string directory)
    {
        var docker = Ids(Path.Combine(directory, "data", "containers")).Select(id => Path.Combine("docker", id));
        var podman = Ids(Path.Combine(directory, "root", "overlay-containers"))
            .Concat(Ids(Path.Combine(directory, "root", "vfs-containers")))
            .SelectMany(id => new[] { $"libpod-{id}", $"libpod-conmon-{id}" })
            .Select(name => Path.Combine("libpod_parent", name));
        // And what a gateway that was killed while its engine followed a wake leaves beside them (EarlyThaw).
        string[] all = [.. docker.Concat(podman).SelectMany(path => new[] { path, path + ".awake" })];
        return all.Length == 0 ? [] : CgroupMounts().SelectMany(mount => all.Select(path => Path.Combine(mount, path)));
    }

    private static IEnumerable<string> Ids(string containers) =>
        Directory.Exists(containers) ? Directory.EnumerateDirectories(containers).Select(path => Path.GetFileName(path)!) : [];

    /// <summary>Finds where the hierarchies of cgroup v1 and cgroup v2 are mounted.</summary>
    private static List<string> CgroupMounts() => [.. MountInfo.ReadAll().Where(mount => mount.Type is "cgroup" or "cgroup2").Select(mount => mount.Point)];

    private static void RemoveEmpty(string cgroup)
    {
        if (!Directory.Exists(cgroup))
        {
            return;
        }

        foreach (var child in Directory.EnumerateDirectories(cgroup))
        {
            RemoveEmpty(child);
        }

        try
        {
            // rmdir(2): the files of a cgroup directory are not in its way, processes are.
            Directory.Delete(cgroup);
        }
        catch (IOException)
        {
            // Not empty: something still runs there, and it is not ours to end.
        }
    }
}
