using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using LibBpf;

namespace Gateway.Signals;

/// <summary>Tells the kernel which function an address belongs to, who may wake it, and which sockets take the connections to it. Thread safe.</summary>
internal sealed class KernelAddresses(KernelAttachment kernel, ILogger<KernelAddresses> logger) : IFunctionObserver
{
    private const int SOL_SOCKET = 1; // asm-generic/socket.h

    /// <summary>asm-generic/socket.h: a number that is the socket's alone as long as the system runs.</summary>
    private const int SO_COOKIE = 57;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Function, bool> _quiet = new();
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

    /// <summary>Has the kernel not report the SYNs of a function's quiet sources, beside the request or connection that has changed them.</summary>
    public void OnQuiet(Function function)
    {
        // One writing covers all that changes before it begins.
        if (_quiet.TryAdd(function, true))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.Self.WriteQuiet(state.Function), (Self: this, Function: function), preferLocal: false);
        }
    }

    private void WriteQuiet(Function function)
    {
        lock (_gate)
        {
            _quiet.TryRemove(function, out _);
            // The number of a retired function may be another's by now.
            if (_names is not { } names || function.IsRetired)
            {
                return;
            }

            try
            {
                kernel.Use(
                    _ =>
                    {
                        names.WriteAccess(function);
                        return true;
                    },
                    without: false);
            }
            catch (BpfException error)
            {
                // What the kernel reports is refused here.
                KernelLog.QuietNotWritten(logger, function.Name, error.Message);
            }
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

    /// <summary>Hands new connections to an address of a function to its own sockets from here on, until they are turned back (<see cref="KernelHooks.Steer"/>).</summary>
    /// <param name="address">The address.</param>
    /// <param name="first">The place of the first socket.</param>
    /// <param name="count">How many sockets there are.</param>
    /// <returns>Returns false if the kernel does not steer the address, because another program listens on it.</returns>
    public bool HandOver(ListenAddress address, int first, int count)
    {
        lock (_gate)
        {
            return _names is { } names && names.IsSteered(address) && kernel.Use(
                hooks =>
                {
                    hooks.SteerDirect(address.Address, address.Port, KernelNames.SocketOf(address), first, count);
                    return true;
                },
                without: false);
        }
    }

    /// <summary>Returns whether connections to an address of a function come to the gateway, and not to another program that listens on it.</summary>
    public bool IsOwn(ListenAddress address)
    {
        lock (_gate)
        {
            // Where nothing is steered the gateway has bound it, or has not started.
            return kernel.Use(hooks => !hooks.Steers || _names?.IsSteered(address) == true, without: true);
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
