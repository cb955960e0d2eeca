using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Converts between the policy and the content of the state file.</summary>
internal static class StateMapping
{
    private static readonly Tier[] RestTiers = [.. Enum.GetValues<Tier>().Where(static tier => tier != Tier.Running)];

    /// <summary>Returns what a policy has learned.</summary>
    public static StateModel ToModel(RestPolicy policy) => new(
        StateModel.CurrentVersion,
        policy.Records.Select(ToModel).Where(pair => pair.Value.Program.Length > 0).ToDictionary(StringComparer.Ordinal));

    /// <summary>Sets what a policy has learned, which has learned nothing yet.</summary>
    /// <exception cref="InvalidDataException">The file holds an impossible value.</exception>
    public static void Restore(RestPolicy policy, StateModel model)
    {
        Require(model.Version == StateModel.CurrentVersion, $"version {model.Version} is not {StateModel.CurrentVersion}");
        foreach (var (name, function) in model.Functions)
        {
            Check(name, function);
        }

        foreach (var (name, function) in model.Functions)
        {
            Restore(policy.Record(name), function);
        }
    }

    private static KeyValuePair<string, FunctionStateModel> ToModel(FunctionRecord record)
    {
        lock (record.Gate)
        {
            return new(record.Name, new FunctionStateModel(
                record.Program,
                record.WakeOn,
                RestTiers.Where(tier => record.Wakes(tier) is not null)
                    .ToDictionary(tier => tier, tier => new WakesModel(record.Wakes(tier)!.At, [.. record.Wakes(tier)!.Times.Microseconds])),
                [.. record.Windows.Entries.Select(entry => new WindowModel(entry.Signal, entry.Microseconds))],
                new GapsModel(record.Gaps.Count, [.. record.Gaps.Bins
                    .Select((bin, place) => new GapBinModel(place, bin.Reached, bin.Ended, bin.Share, bin.Mean, bin.Deviation))
                    .Where(bin => bin.Reached > 0)]),
                record.Build));
        }
    }

    private static void Restore(FunctionRecord record, FunctionStateModel model)
    {
        var windows = new ClientWindows();
        foreach (var window in model.Windows)
        {
            windows.Add(window.Signal, window.Microseconds);
        }

        lock (record.Gate)
        {
            record.Restore(model.Program, model.Build, model.WakeOn, model.Wakes.Select(pair => (pair.Key, ToWakes(pair.Value))), windows);
            record.Gaps.Restore(
                model.Gaps.Bins.Select(bin => (bin.Bin, new GapBin { Reached = bin.Reached, Ended = bin.Ended, Share = bin.Share, Mean = bin.Mean, Deviation = bin.Deviation })),
                model.Gaps.Count);
        }
    }

    private static WakeTimes ToWakes(WakesModel model)
    {
        var wakes = new WakeTimes { At = model.At };
        foreach (var microseconds in model.Microseconds)
        {
            wakes.Times.Add(microseconds);
        }

        return wakes;
    }

    private static void Check(string name, FunctionStateModel function)
    {
        Require(function is not null, $"no {name}");
        Require(function!.Wakes.All(pair => pair.Value is not null && pair.Key < Tier.Running && Enum.IsDefined(pair.Key) && pair.Value.Microseconds.All(time => time >= 0)), $"the wakes of {name}");
        Require(function.Windows.All(window => window is not null && Enum.IsDefined(window.Signal) && window.Microseconds >= 0), $"the windows of {name}");
        Require(Enum.IsDefined(function.WakeOn) && function.Gaps.Count >= 0, $"the numbers of {name}");
        Require(function.Gaps.Bins.All(IsPossible), $"the gaps of {name}");
    }

    private static bool IsPossible(GapBinModel bin) =>
        bin is { Bin: >= 0 and < GapHistogram.MaxBins, Reached: >= 0, Ended: >= 0, Share: >= 0 and <= 1, Mean: >= 0, Deviation: >= 0 }
        && double.IsFinite(bin.Mean) && double.IsFinite(bin.Deviation) && bin.Ended <= bin.Reached;

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{what} cannot be");
        }
    }
}
