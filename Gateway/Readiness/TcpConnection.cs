using System.Runtime.InteropServices;

namespace Gateway.Readiness;

/// <summary>A connection that was accepted, or is about to be, as sock_diag(7) lists it.</summary>
/// <param name="Cookie">A number that is the connection's alone as long as the system runs: its handshake has it already.</param>
/// <param name="State">One of the states of linux/net/tcp_states.h.</param>
/// <param name="IsHeld">Whether a program has it, so that it has an inode.</param>
/// <param name="Cgroup">The cgroup of the socket that accepted it, or null if that is not known, as while the handshake lasts.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TcpConnection(ulong Cookie, byte State, bool IsHeld, ulong? Cgroup)
{
    /// <summary>linux/net/tcp_states.h.</summary>
    public const byte Established = 1, SynReceived = 3, FinWait1 = 4, FinWait2 = 5, CloseWait = 8, LastAck = 9, Closing = 11;

    /// <summary>Gets whether its handshake is not done.</summary>
    public bool IsShakingHands => State == SynReceived && Cgroup is null;

    /// <summary>Gets whether a program uses it, or has yet to accept it. What a program has closed is the kernel's to end, by itself.</summary>
    public bool IsUsed => !IsShakingHands && (IsHeld || State is Established or CloseWait or SynReceived);
}
