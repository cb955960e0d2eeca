using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using LibBpf;

namespace Gateway.Signals;

/// <summary>What the kernel is told of addresses: whose they are, and which sockets take the connections to them. Thread safe.</summary>
internal sealed class KernelAddresses(KernelAttachment kernel)
{
    private readonly Lock _gate = new();
    private KernelNames? _names;

    /// <summary>
    /// Tells the kernel what names which function, after the functions were made. Where the kernel steers, new connections follow at once.
    /// </summary>
    /// <returns>Returns addresses that another program listens on; they are left to it. None without eBPF.</returns>
    /// <exception cref="BpfException">There are more than twice as many as at the start.</exception>
    public IReadOnlyList<ListenAddress> Update(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        lock (_gate)
        {
            return kernel.Use(hooks => (_names ??= new KernelNames(hooks)).Write(functions, options), []);
        }
    }

    /// <summary>Gives the kernel the socket, which listens already, that takes steered connections from here on.</summary>
    public void SetSocket(SteeringSocket which, SafeHandle socket) => kernel.Use(
        hooks =>
        {
            hooks.SetSocket(which, socket);
            return true;
        },
        without: false);
}
