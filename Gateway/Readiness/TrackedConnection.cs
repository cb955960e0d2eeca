using System.Net;

namespace Gateway.Readiness;

/// <summary>A TCP connection over IPv4 whose destination the kernel rewrites, as conntrack knows it.</summary>
/// <param name="Id">A number that is the connection's alone as long as it is known.</param>
/// <param name="State">One of the states of linux/netfilter/nf_conntrack_tcp.h.</param>
/// <param name="Port">The port that the client has dialed.</param>
/// <param name="Program">The address and port that it was sent to.</param>
/// <param name="Tuple">The attribute by which the kernel finds it again: CTA_TUPLE_ORIG, as it came.</param>
internal sealed record TrackedConnection(uint Id, byte State, int Port, IPEndPoint Program, byte[] Tuple)
{
    /// <summary>linux/netfilter/nf_conntrack_tcp.h.</summary>
    private const byte SynSent = 1, SynReceived = 2, Established = 3, LastAck = 6;

    /// <summary>Gets whether its handshake is not done.</summary>
    public bool IsShakingHands => State is SynSent or SynReceived;

    /// <summary>Gets whether one of its ends may still have something to say, or to be told: what was written last has to arrive before the program's network goes with it.</summary>
    public bool IsUsed => State is >= Established and <= LastAck;
}
