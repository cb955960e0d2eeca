using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines;

/// <summary>Says which tiers each function has: <see cref="Model.Tier.Initialized"/> needs a gate, which not every container can have.</summary>
internal abstract partial class EngineRuntime
{
    // Why functions have no gate, as their owner was last told.
    private readonly ConcurrentDictionary<string, string> _missing = new(StringComparer.OrdinalIgnoreCase);

    public FunctionTiers TiersOf(FunctionOptions function)
    {
        var known = _pools.TryGetValue(function.Name, out var pool) ? pool.Spec : null;
        var gate = ReferenceEquals(known?.Function, function) ? known!.Gate : _gates.Judge(function, image: null);
        return gate.Has ? new FunctionTiers(EngineDialect.Tiers) : new FunctionTiers(EngineDialect.TiersWithoutGate, gate.Missing);
    }

    private static GateDirectories? DirectoriesOf(EngineOptions engine, EngineDialect dialect, string gateway, TimeProvider time) =>
        engine.Gate is not { Length: > 0 } gate
            ? null
            : new GateDirectories(Path.Combine(gate, $"{ContainerLabels.Clean(gateway)}-{dialect.Name.ToLowerInvariant()}"), $"{dialect.Section}:Gate", time);

    /// <summary>Tells the owner and the log if the function has other tiers than it was taken for.</summary>
    private void TellTiers(ContainerPool pool)
    {
        if (pool.Spec is not { } spec || (_missing.TryGetValue(spec.Function.Name, out var told) ? told : null) == spec.Gate.Missing)
        {
            return;
        }

        if (spec.Gate.Missing is { } missing)
        {
            _missing[spec.Function.Name] = missing;
            EngineLog.NoGate(_logger, spec.Function.Name, missing);
        }
        else
        {
            _missing.TryRemove(spec.Function.Name, out _);
        }

        _owner?.TiersChanged(spec.Function.Name);
    }
}
