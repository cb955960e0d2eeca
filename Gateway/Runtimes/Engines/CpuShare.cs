namespace Gateway.Runtimes.Engines;

/// <summary>The share of the processors that a container gets, in the engines' terms.</summary>
/// <param name="Quota">The microseconds of processor time in each <see cref="Period"/>, or -1 for no limit.</param>
/// <param name="Shares">The weight when containers compete for the processors.</param>
internal readonly record struct CpuShare(long Quota, int Shares)
{
    /// <summary>The period in microseconds, which is the kernel's default (sched-bwc.rst).</summary>
    public const long Period = 100_000;

    private const long LeastQuota = 1_000;
    private const int DefaultShares = 1024;

    /// <summary>Gets the share without a limit and with the default weight.</summary>
    public static CpuShare Unlimited { get; } = new(-1, DefaultShares);

    /// <summary>Converts the configured limits. The quota is at least 1,000 microseconds, the least that the kernel takes.</summary>
    public static CpuShare Of(CpuOptions cpu) => new(
        cpu.Limit is { } limit ? Math.Max(LeastQuota, (long)(limit * Period)) : -1,
        cpu.Shares ?? DefaultShares);
}
