namespace Gateway.Runtimes.Engines;

/// <summary>A container's part of the processors, in the engines' terms.</summary>
/// <param name="Quota">Microseconds of processor time a <see cref="Period"/>; -1: as much as there is.</param>
/// <param name="Shares">Weight among those that want the processor.</param>
internal readonly record struct CpuShare(long Quota, int Shares)
{
    /// <summary>In microseconds: the kernel's default (sched-bwc.rst).</summary>
    public const long Period = 100_000;

    private const long LeastQuota = 1_000;
    private const int DefaultShares = 1024;

    public static CpuShare Unlimited { get; } = new(-1, DefaultShares);

    public static CpuShare Of(CpuOptions cpu) => new(
        cpu.Limit is { } limit ? Math.Max(LeastQuota, (long)(limit * Period)) : -1,
        cpu.Shares ?? DefaultShares);
}
