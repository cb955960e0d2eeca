using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_rate</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Rate
{
    private const double SecondNs = 1_000_000_000;

    public ulong IntervalNs;
    public ulong AheadNs;

    internal static Rate Of(EventRate rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate.PerSecond, nameof(rate));
        if (rate.PerSecond == 0)
        {
            return default;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(rate.Burst, 1, nameof(rate));
        // Above a billion a second there would be no interval, which means no limit.
        var interval = Math.Max(1, (ulong)(SecondNs / rate.PerSecond));
        return new Rate { IntervalNs = interval, AheadNs = interval * ((ulong)rate.Burst - 1) };
    }
}
