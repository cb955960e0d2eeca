using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using LibBpf;

namespace Gateway.Signals;

/// <summary>Tells the kernel which function an address belongs to, who may wake it, and which sockets take the connections to it. Thread safe.</summary>
internal sealed class KernelAddresses(KernelAttachment kernel)
{
    private const int SOL_SOCKET = 1; // asm-generic/socket.h

    /// <summary>asm-generic/socket.h: a number that is the socket's alone as long as the system runs.</summary>
    private const int SO_COOKIE = 57;

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

    /// <summary>
    /// Has the kernel report the SYNs that it answers with cookies for this socket too, because the socket's queue of half-open connections is full.
    /// </summary>
    /// <param name="socket">A bound socket that does not listen yet.</param>
    public void HearSynCookies(Socket socket)
    {
        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        try
        {
            socket.GetRawSocketOption(SOL_SOCKET, SO_COOKIE, cookie);
        }
        catch (SocketException)
        {
            return; // While cookies are sent the established connection is the first that is heard of.
        }

        var value = MemoryMarshal.Read<ulong>(cookie);
        kernel.Use(
            hooks =>
            {
                hooks.HearSynCookies(value);
                return true;
            },
            without: false);
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
