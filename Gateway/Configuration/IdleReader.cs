using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>Reads a function's <c>Idle</c> section, which says when it rests and how deeply.</summary>
internal static class IdleReader
{
    private static readonly string[] AllWords = [.. Enum.GetNames<Tier>().Reverse()];
    private static readonly string[] RestWords = [.. AllWords.Where(word => word != nameof(Tier.Running))];
    private static readonly string[] Bounds = ["Deepest", "Shallowest"];
    private static readonly string[] Words = ["Auto", .. AllWords];

    // A timer takes at most 2^32 - 2 ms, which is 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Reads the section and checks that the runtime has the tiers.</summary>
    /// <param name="section">The function's <c>Idle</c> section.</param>
    /// <param name="runtime">The function's runtime, or null if it is not known, which is reported elsewhere.</param>
    public static IdleOptions Read(SectionReader section, IRunReader? runtime)
    {
        var idle = new IdleOptions
        {
            After = section.Duration("After", TimeSpan.Zero, Longest) ?? new IdleOptions().After,
            // Null means Auto, which Deepest or Shallowest ask for as well. The default is Stopped, which needs no measurements and costs nothing.
            Tier = section.Word("Tier", Words) switch
            {
                null => Array.Exists(Bounds, section.Has) ? null : Tier.Stopped,
                "Auto" => null,
                var tier => On(runtime, section, "Tier", tier),
            },
            KeepAliveTier = section.Word<Tier>("KeepAliveTier") is { } keep ? On(runtime, section, "KeepAliveTier", keep.ToString()) : null,
        };
        idle = idle with
        {
            Ahead = section.Integer("Ahead", 0, ScaleReader.MaxInstances),
            Deepest = section.Word("Deepest", RestWords) is { } deepest ? On(runtime, section, "Deepest", deepest) : Tier.Stopped,
            Shallowest = section.Word("Shallowest", AllWords) is { } shallowest ? On(runtime, section, "Shallowest", shallowest) : null,
        };
        idle = idle with { Ignore = IgnoreReader.Read(section), Vetoes = VetoReader.Read(section), Schedule = ScheduleReader.Read(section) };
        Check(section, idle);
        CheckAhead(section, runtime, idle);
        section.End();
        return idle;
    }

    private static void Check(SectionReader section, IdleOptions idle)
    {
        if (idle.Deepest > idle.Shallowest)
        {
            section.Error("Deepest", $"{idle.Deepest} is not as deep as Shallowest, which is {idle.Shallowest}; the deepest first are {string.Join(", ", Enum.GetNames<Tier>())}.");
        }

        foreach (var key in Bounds.Where(key => idle.Tier is not null && section.Has(key)))
        {
            section.Error(key, $"Tier is {idle.Tier}, so there is nothing to choose; remove {key}, or make Tier Auto.");
        }
    }

    private static void CheckAhead(SectionReader section, IRunReader? runtime, IdleOptions idle)
    {
        if (idle.Ahead is null)
        {
            return;
        }

        if (runtime is { Tiers: var known } && !known.Contains(Tier.Initialized))
        {
            section.Error("Ahead", $"no instance waits in the tier Initialized, which the runtime {runtime.Name} does not have; remove Ahead.");
        }
        else if (!idle.MayRestInitialized)
        {
            section.Error("Ahead", "no instance of it waits in the tier Initialized; remove Ahead, or make Tier Initialized or Auto.");
        }
    }

    private static Tier On(IRunReader? runtime, SectionReader section, string key, string word)
    {
        var tier = Enum.Parse<Tier>(word);
        if (runtime is { Tiers: var known } && !known.Contains(tier))
        {
            section.Error(key, $"'{tier}' cannot be had from the runtime {runtime.Name}, which has {string.Join(", ", known.Reverse())}.");
        }

        return tier;
    }
}
