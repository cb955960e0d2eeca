using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>A SYN, an established connection or a ClientHello for an armed function. Such an event disarms the function.</summary>
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

    /// <summary>What the event is: exactly one bit of <see cref="Triggers"/>.</summary>
    public Triggers Kind { get; init; }

    /// <summary>The program that reported the event.</summary>
    public HookKind Hook { get; init; }

    /// <summary>When the kernel saw it, in nanoseconds of CLOCK_MONOTONIC: the ticks of <see cref="System.Diagnostics.Stopwatch"/> on Linux.</summary>
    public long Timestamp { get; init; }

    /// <summary>The index given to <see cref="KernelHooks.SetDestination"/>.</summary>
    public uint Function { get; init; }

    /// <summary>How the function was recognised.</summary>
    public NamedBy NamedBy { get; init; }

    /// <summary>The address that the client connects to.</summary>
    public RawAddress LocalAddress { get; init; }

    /// <summary>The port that the client connects to.</summary>
    public int LocalPort { get; init; }

    /// <summary>The client's address. For a SYN it is what the packet claims.</summary>
    public RawAddress RemoteAddress { get; init; }

    /// <summary>The client's port.</summary>
    public int RemotePort { get; init; }

    /// <summary>The round trip that the handshake measured. Null for a SYN, and if the kernel could not measure it because the SYN-ACK was sent twice.</summary>
    public TimeSpan? Rtt { get; init; }

    /// <summary>The endpoint that the client connects to. Each call allocates.</summary>
    public IPEndPoint Local => new(LocalAddress.ToIPAddress(), LocalPort);

    /// <summary>The client's endpoint. Each call allocates.</summary>
    public IPEndPoint Remote => new(RemoteAddress.ToIPAddress(), RemotePort);
}
