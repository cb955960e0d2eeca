namespace Gateway.Configuration;

/// <summary>Reads how many instances a function has, and how many requests each of them gets.</summary>
internal static class ScaleReader
{
    /// <summary>The largest number of instances that one function may have.</summary>
    public const int MaxInstances = 1000;

    private const int MaxConcurrency = 1_000_000;

    /// <summary>The smallest share, which is Knative's too.</summary>
    private const double LeastTarget = 0.01;

    /// <summary>What part of the window the panic window is, if it is not written. Knative's is the same.</summary>
    private const int PanicPart = 10;

    private static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPanicWindow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>The keys that mean something only if there can be several instances.</summary>
    private static readonly string[] OfSeveral = ["Target", "Window", "PanicWindow", "DownDelay", "Activation"];

    public static ScaleOptions Read(SectionReader section)
    {
        var defaults = new ScaleOptions();
        var max = section.Integer("Max", 1, MaxInstances);
        var min = section.Integer("Min", 0, MaxInstances);
        var most = max ?? defaults.Max;
        var isMaxKnown = max is not null || !section.Has("Max");
        var maxAsWritten = $"Max, which is {most}{(max is null ? " by default" : "")}";
        if (min > most && isMaxKnown)
        {
            section.Error("Min", $"{min} is more than {maxAsWritten}; lower Min or raise Max.");
        }

        var scale = new ScaleOptions
        {
            Min = min ?? defaults.Min,
            Max = most,
            Target = section.Number("Target", LeastTarget, 1) ?? defaults.Target,
            DownDelay = section.Duration("DownDelay", TimeSpan.Zero, Longest) ?? defaults.DownDelay,
            Activation = section.Integer("Activation", 1, MaxInstances) ?? defaults.Activation,
        };
        scale = Windows(section, Requests(section, scale));
        if (most > 1 && scale.Activation > most)
        {
            section.Error("Activation", $"{scale.Activation} is more than {maxAsWritten}; lower Activation or raise Max.");
        }

        foreach (var key in OfSeveral.Where(key => most == 1 && isMaxKnown && section.Has(key)))
        {
            section.Error(key, $"is for a function of several instances, and Max is 1{(max is null ? " by default" : "")}; raise Max or remove {key}.");
        }

        section.End();
        return scale;
    }

    private static ScaleOptions Requests(SectionReader section, ScaleOptions scale)
    {
        var limit = section.Integer("ConcurrencyLimit", 1, MaxConcurrency);
        var concurrency = section.Integer("Concurrency", 1, MaxConcurrency);
        if (concurrency > limit)
        {
            section.Error("Concurrency", $"{concurrency} is more than ConcurrencyLimit, which is {limit}, so no instance would ever have as many; lower Concurrency or raise ConcurrencyLimit.");
        }

        return scale with { ConcurrencyLimit = limit, Concurrency = concurrency ?? Math.Min(scale.Concurrency, limit ?? scale.Concurrency) };
    }

    private static ScaleOptions Windows(SectionReader section, ScaleOptions scale)
    {
        var (window, panic) = (section.Duration("Window", ShortestWindow, Longest), section.Duration("PanicWindow", ShortestPanicWindow, Longest));
        if (panic > (window ?? scale.Window) && (window is not null || !section.Has("Window")))
        {
            section.Error("PanicWindow", $"{Durations.Format(panic.Value)} is longer than Window, which is {Durations.Format(window ?? scale.Window)}{(window is null ? " by default" : "")}; shorten PanicWindow or lengthen Window.");
        }

        scale = scale with { Window = window ?? scale.Window };
        return scale with { PanicWindow = panic ?? scale.Window / PanicPart };
    }
}
