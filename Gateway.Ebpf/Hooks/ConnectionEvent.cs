using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>A SYN for a function that was armed, or a connection to it. After one such event the function is disarmed.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ConnectionEvent
{
    internal ConnectionEvent(in ConnectionRecord record)
    {
        Kind = (Triggers)record.Kind;
        Hook = (HookKind)record.Hook;
        Timestamp = (long)record.KtimeNs;
        Function = record.Function;
        NamedBy = (NamedBy)record.Named;
        LocalAddress = record.LocalAddress;
        LocalPort = record.LocalPort;
        RemoteAddress = record.RemoteAddress;
        RemotePort = record.RemotePort;
        Rtt = record.SrttUs == 0 ? null : TimeSpan.FromMicroseconds(record.SrttUs);
    }

    /// <summary>One of <see cref="Triggers"/>.</summary>
    public Triggers Kind { get; init; }

    public HookKind Hook { get; init; }

    /// <summary>When the kernel saw it, in nanoseconds of CLOCK_MONOTONIC: the ticks of <see cref="System.Diagnostics.Stopwatch"/> on Linux.</summary>
    public long Timestamp { get; init; }

    /// <summary>The index given to <see cref="KernelHooks.SetDestination"/>.</summary>
    public uint Function { get; init; }

    /// <summary>What told the function.</summary>
    public NamedBy NamedBy { get; init; }

    /// <summary>Where the client connects to.</summary>
    public RawAddress LocalAddress { get; init; }

    public int LocalPort { get; init; }

    /// <summary>The client. In a SYN it is what the packet claims.</summary>
    public RawAddress RemoteAddress { get; init; }

    public int RemotePort { get; init; }

    /// <summary>The round trip measured by the handshake; null for a SYN, and where the kernel could not measure (a SYN-ACK sent twice).</summary>
    public TimeSpan? Rtt { get; init; }

    /// <summary>Allocates.</summary>
    public IPEndPoint Local => new(LocalAddress.ToIPAddress(), LocalPort);

    /// <summary>Allocates.</summary>
    public IPEndPoint Remote => new(RemoteAddress.ToIPAddress(), RemotePort);
}
