using Gateway.Ebpf.Hooks;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>How this machine's cgroups are mounted.</summary>
internal static class CgroupChecks
{
    private const string Favor = "favordynmods";

    /// <summary>The first version whose cgroups can be told to favour changes (Documentation/admin-guide/cgroup-v2.rst).</summary>
    private static readonly Version s_favorSince = new(6, 0);

    public static Finding Mount(Examined machine) => machine.Kernel switch
    {
        { CgroupRoot: null } => Finding.Lack(
            machine.WantsKernel, "cgroup v2", "not mounted", "no kernel signals, no cgroup for an instance, no freezer (docs/operating.md)", "mount -t cgroup2 none /sys/fs/cgroup"),
        { IsMachineRoot: true } kernel => Finding.Ok("cgroup v2", $"mounted at {kernel.CgroupRoot}"),
        var kernel => Finding.Note("cgroup v2", $"mounted at {kernel.CgroupRoot}, which is not the machine's root"),
    };

    // docs/operating.md, "Capabilities": Docker on two cores, medians of ten starts: 116 ms without and 79 with it on the host's network, 223 and 199 on the bridge.
    public static Finding Moves(Examined machine)
    {
        if (MountInfo.ReadAll().Any(mount => mount.Type is "cgroup" or "cgroup2" && mount.Options.Contains(Favor)))
        {
            return Finding.Ok(Favor, "moves between cgroups, of which a container's start is full, are quick");
        }

        return Environment.OSVersion.Version < s_favorSince || machine.Kernel.CgroupRoot is not { } root
            ? Finding.Note(Favor, $"this kernel does not have it; Linux {s_favorSince} does")
            : Finding.Lack(
                machine.WantsContainers, Favor, "moves between cgroups, of which a container's start is full, wait for the kernel's RCU",
                "37 ms of each container's start on the host's network and 24 on the bridge (docs/operating.md, which says what it costs others)",
                $"mount -o remount,{Favor} {root}");
    }
}
