using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using LibBpf;

namespace Gateway.Signals;

/// <summary>The kernel's hooks as the source of listen() events. Without eBPF it hears nothing.</summary>
internal sealed class KernelListens(KernelAttachment kernel) : IListenSource
{
    public ulong? CgroupId(string directory) => Cgroup.IdOf(directory);

    public bool Hears(string directory)
    {
        try
        {
            return kernel.Use(hooks => hooks.HearsListen(directory), without: false);
        }
        catch (BpfException)
        {
            return false; // The directory cannot even be looked at.
        }
    }

    public IDisposable? Await(IReadOnlyList<string> directories)
    {
        try
        {
            return kernel.Use(hooks => hooks.AwaitListen(directories), without: null);
        }
        catch (BpfException)
        {
            return null; // Too many starts wait at once.
        }
    }
}
