namespace Gateway.Configuration;

/// <summary>Reads a function's <c>Idle</c>: when it rests, and how deeply on the runtime that it has.</summary>
internal static class IdleReader
{
    private static readonly string[] Words = ["Auto", .. Enum.GetNames<Tier>().Reverse()];

    // Timers take at most 2^32 - 2 ms, 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <param name="section">Its <c>Idle</c>.</param>
    /// <param name="runtime">Null: what the user wrote is none, which is told elsewhere.</param>
    public static IdleOptions Read(SectionReader section, RuntimeKind? runtime)
    {
        var idle = new IdleOptions
        {
            After = section.Duration("After", TimeSpan.Zero, Longest) ?? new IdleOptions().After,
            Tier = section.Word("Tier", Words) is { } tier and not "Auto" ? On(runtime, section, "Tier", tier) : null,
            KeepAliveTier = section.Word<Tier>("KeepAliveTier") is { } keep ? On(runtime, section, "KeepAliveTier", keep.ToString()) : null,
        };
        section.End();
        return idle;
    }

    private static Tier On(RuntimeKind? runtime, SectionReader section, string key, string word)
    {
        var tier = Enum.Parse<Tier>(word);
        if (runtime is { } kind && RuntimeTiers.Of(kind) is var known && !known.Contains(tier))
        {
            section.Error(key, $"'{tier}' cannot be had from the runtime {kind}, which has {string.Join(", ", known.Reverse())}.");
        }

        return tier;
    }
}
