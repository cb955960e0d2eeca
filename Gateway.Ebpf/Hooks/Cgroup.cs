using System.Runtime.InteropServices;
using Gateway.Ebpf.Native;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>Finds cgroups by the id that the kernel gives them: the inode of their directory.</summary>
public static unsafe class Cgroup
{
    /// <summary>The id of the machine's cgroup root: kernfs gives it the first inode. The root that a cgroup namespace shows has another id.</summary>
    public const ulong RootId = 1;

    /// <summary>Returns the id that <c>bpf_get_current_cgroup_id</c> gives for a directory, or null if there is no such directory.</summary>
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

    /// <summary>Finds where cgroup v2 is mounted: the mount that shows the machine's root if there is one, else the first.</summary>
    /// <exception cref="BpfException">cgroup v2 is not mounted.</exception>
    public static string FindRoot()
    {
        string[] mounts = [.. MountInfo.ReadAll().Where(mount => mount.Type == "cgroup2").Select(mount => mount.Point)];
        return Array.Find(mounts, mount => IdOf(mount) == RootId)
            ?? mounts.FirstOrDefault()
            ?? throw new BpfException(
                "cgroup v2 is not mounted: mount it (mount -t cgroup2 none /sys/fs/cgroup) or name the directory.",
                "finding the cgroup v2 hierarchy", ErrnoCodes.ENOENT);
    }
}
