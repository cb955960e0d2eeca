using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks;

/// <summary>How many SYNs are reported, as a token bucket counts them.</summary>
/// <param name="PerSecond">How many come back in a second, up to 1,000,000,000; 0 means no limit.</param>
/// <param name="Burst">How many there may be at once after a quiet time, from 1. It has no meaning without a limit.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EventRate(double PerSecond, int Burst);
