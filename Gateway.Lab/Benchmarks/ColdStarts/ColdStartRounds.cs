using Gateway.Lab.Clients;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>
/// Measures a group: in every round each of its functions starts cold once, one after the other, then one of them is
/// asked warm, then all come to rest. What drifts over the minutes of a run so meets cold and warm alike.
/// </summary>
internal sealed class ColdStartRounds(ColdStartRig rig, ColdStartGroup group, QuietMachine quiet)
{
    private readonly Dictionary<ColdStartCase, List<ColdStartSample>> _cold = group.Cases.ToDictionary(one => one, _ => new List<ColdStartSample>());
    private readonly List<double> _warm = [];

    public async Task<IReadOnlyList<ColdStartSamples>> MeasureAsync(int rounds, CancellationToken cancellationToken)
    {
        await rig.SetRoundTripAsync(group.RoundTrip);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var one in group.Cases)
            {
                _cold[one].Add(await ColdAsync(one, cancellationToken));
            }

            var warm = group.Cases[round % group.Cases.Count];
            _warm.Add((await rig.GetAsync(warm, cancellationToken)).StartTransfer);
            await RestAsync(cancellationToken);
        }

        return [.. group.Cases.Select(one => new ColdStartSamples(one, _cold[one], _warm))];
    }

    /// <summary>A round that does not count: the first start of a container, and of code, is another one than all later ones.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        await rig.SetRoundTripAsync(0);
        foreach (var one in group.Cases)
        {
            await rig.GetAsync(one, cancellationToken);
        }

        await RestAsync(cancellationToken);
    }

    private async Task<ColdStartSample> ColdAsync(ColdStartCase one, CancellationToken cancellationToken)
    {
        var before = await rig.LastColdStartAsync(one, cancellationToken);
        CurlResult client = await rig.GetAsync(one, cancellationToken);
        var start = await rig.LastColdStartAsync(one, cancellationToken);
        if (start is null || start.At == before?.At || start.Outcome != "Served")
        {
            throw new LabException($"{one.Name}: a request was answered, and no cold start was told of: the function was not at rest");
        }

        return start.Signal == one.WakeOn && start.Tier == one.Target.Tier
            ? new ColdStartSample(client, start)
            : throw new LabException($"{one.Name}: the start was from {start.Tier} and by {start.Signal}, so it is not this cell's");
    }

    private async Task RestAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(group.Cases.Select(one => rig.SleepAsync(one, cancellationToken)));
        await quiet.WaitAsync(cancellationToken);
    }
}
