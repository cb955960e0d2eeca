using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>Hands new connections to the functions' own listening sockets, without the gateway.</summary>
public sealed partial class KernelHooks
{
    /// <summary>How many sockets can take the connections to one destination: HS_STEERING_COUNT of bpf/headstart.h.</summary>
    public const int MaxDirectSockets = 15;

    /// <summary>Gets how many places there are for sockets of functions; 0 if the kernel does not steer.</summary>
    public int DirectPlaces => Steers ? (int)(_directSockets?.Map.MaxEntries ?? 0) : 0;

    /// <summary>
    /// Puts a function's listening socket into a place, in which the kernel leaves it until it is closed or replaced. The map keeps no socket open. It has to be one
    /// of the network namespace that the hooks are attached in: one of another is accepted here, and connections that are handed to it never come about.
    /// </summary>
    /// <param name="place">The place, 0 to <see cref="DirectPlaces"/> - 1.</param>
    /// <param name="socket">A TCP socket that listens. The handle remains its owner's.</param>
    /// <exception cref="LibBpf.BpfException">E2BIG: there is no such place; EOPNOTSUPP: the socket neither listens nor is connected.</exception>
    public void SetDirectSocket(int place, SafeHandle socket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        _directSockets?.Set((uint)place, socket);
    }

    /// <summary>
    /// Gets when a connection was last handed to the socket of a place, in nanoseconds of CLOCK_MONOTONIC; 0 if none ever was. It outlasts the socket, and reads shared memory.
    /// </summary>
    /// <param name="place">The place, 0 to <see cref="DirectPlaces"/> - 1.</param>
    public long DirectUse(int place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        return _directUses is { } uses ? (long)uses.Read((uint)place) : 0;
    }

    /// <summary>
    /// Hands new connections to a destination to sockets of a function from here on; which one takes a connection depends on the client's address and port.
    /// Where the chosen one is closed, or is of another address family, the gateway's socket takes the connection. <see cref="Steer"/> turns them back to the gateway. Either
    /// is one word for the kernel; connections that exist, or whose SYN has been taken, stay where they are.
    /// </summary>
    /// <param name="address">The destination's address, as in <see cref="Steer"/>.</param>
    /// <param name="port">The destination's port.</param>
    /// <param name="otherwise">The gateway's socket.</param>
    /// <param name="first">The place of the first socket (<see cref="SetDirectSocket"/>).</param>
    /// <param name="count">How many sockets there are from that place on, 1 to <see cref="MaxDirectSockets"/>.</param>
    /// <exception cref="LibBpf.BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxDestinations"/> destinations already.</exception>
    public void SteerDirect(IPAddress? address, int port, SteeringSocket otherwise, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxDirectSockets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, DirectPlaces - count);
        _steering?.Set(DestinationKey.Of(address, port), (uint)otherwise | ((uint)count << 4) | ((uint)first << 8));
    }
}
