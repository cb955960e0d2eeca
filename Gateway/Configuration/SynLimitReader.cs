namespace Gateway.Configuration;

/// <summary>Reads <c>Gateway:Ebpf:Limits</c>.</summary>
internal static class SynLimitReader
{
    private const int MaxPerSecond = 1_000_000;
    private const int MaxBurst = 10_000_000;

    public static SynLimitOptions Read(SectionReader section)
    {
        var defaults = new SynLimitOptions();
        var limits = new SynLimitOptions
        {
            PerSource = Rate(section, "PerSource", defaults.PerSource),
            PerNetwork = Rate(section, "PerNetwork", defaults.PerNetwork),
            Total = Rate(section, "Total", defaults.Total),
            Proven = Rate(section, "Proven", defaults.Proven),
            ProvenFor = section.Duration("ProvenFor", TimeSpan.Zero, TimeSpan.FromDays(1)) ?? defaults.ProvenFor,
            Remember = section.Integer("Remember", 1024, 1_000_000) ?? defaults.Remember,
        };
        section.End();
        return limits;
    }

    private static RateOptions Rate(SectionReader limits, string key, RateOptions usual)
    {
        if (limits.IsNull(key))
        {
            return new RateOptions(0);
        }

        var section = limits.Section(key);
        var rate = section.Number("PerSecond", 0, MaxPerSecond) is { } perSecond ? new RateOptions(perSecond) : usual;
        if (section.Integer("Burst", 1, MaxBurst) is { } burst)
        {
            rate = rate with { Burst = burst };
            if (rate.PerSecond == 0)
            {
                section.Error("Burst", "there is no limit with a PerSecond of 0; remove Burst, or write how many there may be in a second.");
            }
        }

        section.End();
        return rate;
    }
}
