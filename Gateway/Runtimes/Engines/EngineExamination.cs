using Docker.DotNet;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines.Gates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Runtimes.Engines;

/// <summary>Says what an engine, and this machine beside it, allow functions that are its containers. The engine is asked one question (<c>GET /info</c>).</summary>
/// <param name="options">The engine's settings, with the absolute path of the gates or an empty one.</param>
internal sealed class EngineExamination(EngineDialect dialect, EngineOptions options, RuntimeExamination examination)
{
    /// <summary>How long the engine has to answer.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private bool IsHere => options.Endpoint.Scheme == "unix";

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        // Nobody misses an engine that nothing names.
        if (!examination.IsUsed && !(IsHere && File.Exists(options.Endpoint.LocalPath)))
        {
            return [];
        }

        using var client = new EngineClient(dialect, options);
        var (facts, engine) = await AskAsync(client, cancellationToken);
        return
        [
            engine,
            .. facts is { IsRootless: true } ? [Rootless()] : Array.Empty<Finding>(),
            .. examination.Functions.Any(Gated) ? [Gate(client, facts)] : Array.Empty<Finding>(),
            .. IsHere && examination.Functions.Any(function => function.Idle.MayRestFrozen) ? [Thaw()] : Array.Empty<Finding>(),
            .. examination.Functions.Any(function => function.Idle.MayRestPagedOut) ? [Swap()] : Array.Empty<Finding>(),
        ];
    }

    private static bool Gated(FunctionOptions function) => !function.Run.IsUsers && (function.Idle.MayRestInitialized || function.Container.KeepsNetwork);

    private async Task<(EngineFacts? Facts, Finding Finding)> AskAsync(EngineClient client, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(s_limit, examination.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expired.Token);
        string why;
        try
        {
            var facts = await client.FactsAsync(limit.Token);
            var cgroups = facts.CgroupVersion.Length == 0 ? facts.CgroupDriver : $"v{facts.CgroupVersion} by {facts.CgroupDriver}";
            return (facts, Finding.Ok($"{dialect.Name} engine", $"{dialect.Name} {facts.Version} at {options.Endpoint}, cgroups {cgroups}{(facts.IsRootless ? ", rootless" : "")}"));
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            why = EngineErrors.Silent(dialect, options.Endpoint, s_limit, error).Message;
        }
        catch (RuntimeException error)
        {
            why = error.Message;
        }
        catch (DockerApiException error)
        {
            why = $"{dialect.Section}:Endpoint: the engine at {options.Endpoint} would not say what it is: {EngineErrors.Message(error)}";
        }

        return (null, Finding.Lack(
            examination.IsUsed, $"{dialect.Name} engine", why, $"{examination.Names(static _ => true)} cannot start: requests are answered 503",
            IsHere ? $"systemctl start {dialect.Unit}, or correct {dialect.Section}:Endpoint" : $"start the engine there, or correct {dialect.Section}:Endpoint"));
    }

    // EngineDialect.CgroupPaths are those of an engine of the machine. Docs/cold-start.md has the probes, docs/tiers.md what an engine takes to let a container go on.
    private Finding Rootless() => Finding.Lack(
        examination.IsUsed, $"{dialect.Name} cgroups", "a rootless engine puts its containers' cgroups below its user's, where the gateway does not find them",
        "their listen() is not heard, so that each start is found ready by probes 1 to 100 ms apart; a wake from Paused takes the engine's 30 ms",
        $"name the socket of the machine's own engine in {dialect.Section}:Endpoint, e.g. {dialect.DefaultEndpoint}");

    private Finding Gate(EngineClient client, EngineFacts? facts)
    {
        var name = $"{dialect.Name} gate";
        var why = options.Gate is not { Length: > 0 } gate ? $"{dialect.Section}:Gate is empty"
            : IsHere ? new GateDirectories(gate, $"{dialect.Section}:Gate", examination.Time).Foresee()
            : examination.Functions.Where(Gated).Select(function => new GatePorts(client, examination.Time).WhyNot(function.Container, facts)).FirstOrDefault(static refused => refused is not null);
        // ./bench rest, in docs/benchmarks.md, "What a rest holds": a program of 0 MB on Docker's bridge is ready after 383 ms from Stopped, after 2.98 from Initialized.
        return why is null
            ? Finding.Ok(name, IsHere ? $"containers may wait behind their gates in {options.Gate}" : "containers may wait behind their gates at the functions' ports")
            : Finding.Lack(
                isWanted: true, name, why,
                $"{examination.Names(Gated)}: no tier Initialized and no kept network; a start takes the engine's whole sandbox (383 ms measured on Docker's bridge, where the gate takes 3)",
                $"set {dialect.Section}:Gate to a directory of this machine that the gateway may write to and where programs may be executed");
    }

    // docs/tiers.md, "A paused container"; docs/benchmarks.md, "What was cut from the cold path".
    private Finding Thaw()
    {
        var name = $"{dialect.Name} thaw";
        return EarlyThaw.WhyNot(examination.CgroupRoot) is not { } why
            ? Finding.Ok(name, "paused containers are let go on ahead of their engine")
            : Finding.Lack(
                isWanted: true, name, why, "each wake from Paused takes the engine's 30 ms instead of 1",
                "run the gateway as root with CAP_SYS_ADMIN, and where it can write to the machine's /sys/fs/cgroup");
    }

    private Finding Swap()
    {
        using var pageOut = EngineRuntime.PageOutOf(options, examination.CgroupRoot, NullLogger.Instance);
        return pageOut.Examine(dialect.Name, examination.Names(static function => function.Idle.NamesPagedOut));
    }
}
