using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using LibBpf;

namespace Gateway.Signals;

/// <summary>The attached hooks as the source of listen() events.</summary>
internal sealed class KernelListens(KernelHooks hooks) : IListenSource
{
    public ulong? CgroupId(string directory) => Cgroup.IdOf(directory);

    public bool Hears(string directory)
    {
        try
        {
            return hooks.HearsListen(directory);
        }
        catch (BpfException)
        {
            return false; // it cannot even be looked at
        }
    }

    public IDisposable? Await(IReadOnlyList<string> directories)
    {
        try
        {
            return hooks.AwaitListen(directories);
        }
        catch (Exception error) when (error is BpfException or ObjectDisposedException)
        {
            return null; // too many at once, or the gateway ends: whoever waits probes
        }
    }
}
