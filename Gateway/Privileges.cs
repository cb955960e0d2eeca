using System.Runtime.InteropServices;
using Gateway.Runtimes;

namespace Gateway;

/// <summary>
/// Gives up the capabilities that the gateway has no use for, and what a program that it starts could get beyond its own (capabilities(7)). Rights belong to
/// threads, so this is done before the gateway makes any, which inherit what is left. Threads that the runtime has made for itself before (the finalizer's, the
/// compiler's, the signals') keep what they had; no code of the gateway's or its clients' requests runs on them.
/// </summary>
/// <remarks>
/// What loads and attaches kernel programs is kept for as long as the gateway runs: network interfaces come later, and so do addresses by a reload.
/// </remarks>
internal static partial class Privileges
{
    // linux/prctl.h.
    private const int PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47;
    private const nuint PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4;

    // linux/capability.h.
    private const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    /// <summary>
    /// What the launcher of functions (Runtimes/Process/Launcher) and the guard need: to become another user without groups, to empty the bounding set, and to
    /// signal what runs as another user. The launcher gives it up before it executes the function's program.
    /// </summary>
    private static readonly ulong s_inherited = Bits(Capability.SetUid, Capability.SetGid, Capability.SetPcap, Capability.Kill);

    /// <summary>
    /// What the gateway uses, if it has it: the kernel's hooks (BPF, PERFMON, NET_ADMIN, and SYS_ADMIN where an engine's seccomp filter knows no other), waking paused containers
    /// ahead of their engine (SYS_ADMIN), addresses below port 1024 (NET_BIND_SERVICE), files, certificates and sockets that others own (DAC_OVERRIDE, DAC_READ_SEARCH),
    /// who listens where (SYS_PTRACE), and what its functions are started with.
    /// </summary>
    private static readonly ulong s_used = s_inherited | Bits(
        Capability.Bpf, Capability.Perfmon, Capability.NetAdmin, Capability.SysAdmin, Capability.NetBindService, Capability.DacOverride, Capability.DacReadSearch, Capability.SysPtrace);

    /// <summary>Reduces the rights of this thread, of the threads that it makes from now on, and of the programs that these start.</summary>
    public static unsafe void Reduce()
    {
        var header = new CapabilityHeader { Version = LINUX_CAPABILITY_VERSION_3 };
        var sets = stackalloc CapabilitySets[2];
        if (capget(&header, sets) != 0)
        {
            return;
        }

        // What cannot be given up stays: each step is for itself, and less than all of them is better than none.
        var permitted = ((ulong)sets[1].Permitted << 32) | sets[0].Permitted;
        for (var capability = 0; prctl(PR_CAPBSET_READ, (nuint)capability, 0, 0, 0) >= 0; capability++)
        {
            if ((s_used & Bits((Capability)capability)) == 0)
            {
                _ = prctl(PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0);
            }
        }

        var (kept, inherited) = (permitted & s_used, permitted & s_inherited);
        for (var half = 0; half < 2; half++)
        {
            sets[half].Effective = sets[half].Permitted = (uint)(kept >> (32 * half));
            sets[half].Inheritable = (uint)(inherited >> (32 * half));
        }

        _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        _ = capset(&header, sets);
        for (var capability = 0; capability < 64; capability++)
        {
            if ((inherited & Bits((Capability)capability)) != 0)
            {
                _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (nuint)capability, 0, 0);
            }
        }

        _ = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    private static ulong Bits(params ReadOnlySpan<Capability> capabilities)
    {
        var bits = 0UL;
        foreach (var capability in capabilities)
        {
            bits |= 1UL << (int)capability;
        }

        return bits;
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int capget(CapabilityHeader* header, CapabilitySets* sets);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int capset(CapabilityHeader* header, CapabilitySets* sets);

    /// <summary><c>struct __user_cap_header_struct</c> of linux/capability.h. Process 0 is the calling thread.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    /// <summary><c>struct __user_cap_data_struct</c> of linux/capability.h, of which there are two: the lower and the upper 32 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilitySets
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }
}
