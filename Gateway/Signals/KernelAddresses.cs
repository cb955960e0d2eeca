using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using LibBpf;

namespace Gateway.Signals;

/// <summary>Tells the kernel which function an address belongs to, and which sockets take the connections to it. Thread safe.</summary>
internal sealed class KernelAddresses(KernelAttachment kernel)
{
    private readonly Lock _gate = new();
    private KernelNames? _names;

    /// <summary>
    /// Tells the kernel which addresses, ids and host names belong to which function, after the functions were made. Where the kernel steers, it applies to new connections at once.
    /// </summary>
    /// <returns>Returns the addresses that another program listens on, which are left to it. Without eBPF there are none.</returns>
    /// <exception cref="BpfException">There are more than twice as many addresses or names as at the start.</exception>
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
