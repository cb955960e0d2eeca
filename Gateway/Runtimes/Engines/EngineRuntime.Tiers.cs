using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Engines;

/// <summary>Says which tiers each function has: <see cref="Model.Tier.Initialized"/> needs a gate, which not every container can have.</summary>
internal abstract partial class EngineRuntime
{
    // Why functions have no gate, as their owner was last told.
    private readonly ConcurrentDictionary<string, string> _missing = new(StringComparer.OrdinalIgnoreCase);

    public FunctionTiers TiersOf(FunctionOptions function)
    {
        if (function.Run.IsUsers)
        {
            return _pageOut.Judge(function, new FunctionTiers(EngineDialect.TiersWithoutGate));
        }

        var known = _pools.TryGetValue(function.Name, out var pool) ? pool.Spec : null;
        var gate = ReferenceEquals(known?.Function, function) ? known!.Gate : _gates.Judge(function, image: null, facts: null);
        return _pageOut.Judge(function, gate.Has ? new FunctionTiers(EngineDialect.Tiers) : new FunctionTiers(EngineDialect.TiersWithoutGate, gate.Missing));
    }

    /// <summary>Makes what pages containers of an engine out.</summary>
    public static PageOut PageOutOf(EngineOptions engine, string? cgroupRoot, ILogger logger) =>
        new(cgroupRoot, logger, engine.Endpoint.Scheme == "unix" ? null : $"nothing can be paged out, because the engine at {engine.Endpoint} is reached over the network");

    private static GateDirectories? DirectoriesOf(EngineOptions engine, EngineDialect dialect, string gateway, TimeProvider time) =>
        engine.Gate is not { Length: > 0 } gate
            ? null
            : new GateDirectories(Path.Combine(gate, $"{ContainerLabels.Clean(gateway)}-{dialect.Name.ToLowerInvariant()}"), $"{dialect.Section}:Gate", time);

    // Files of this machine are no files of an engine's on another one. How it is reached is all that is known of where it is.
    private IGates? GatesOf(EngineOptions engine, GateDirectories? directories, TimeProvider time) =>
        directories is null || engine.Endpoint.Scheme == "unix" ? directories : new GatePorts(_engine, time);

    /// <summary>Tells the owner and the log if the function has other tiers than it was taken for.</summary>
    private void TellTiers(ContainerSpec? spec)
    {
        if (spec is null || (_missing.TryGetValue(spec.Function.Name, out var told) ? told : null) == spec.Gate.Missing)
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
