using System.Diagnostics.CodeAnalysis;
using Gateway.Activation.Bonds;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Keeps all functions, by name. Numbers in the kernel are used again when nothing is left of the removed functions that had them.</summary>
internal sealed partial class FunctionRegistry : IInstanceOwner, IAsyncDisposable
{
    /// <summary>The longest wait for requests in flight when a function is removed or the gateway ends.</summary>
    public static readonly TimeSpan DrainTime = FunctionCore.DrainTime;

    private readonly FunctionServices _services;
    private readonly Lock _gate = new();
    private readonly FunctionNumbers _numbers = new();

    // Replaced as a whole and never modified. A frozen dictionary would find a name slightly sooner, but takes long to build for 10,000.
    private Dictionary<string, Function> _byName = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyCollection<Function> _all = [];

    public FunctionRegistry(FunctionServices services)
    {
        _services = services;
        foreach (var runtime in services.Runtimes.Values)
        {
            runtime.Owner = this;
        }
    }

    /// <summary>Gets the functions that are configured.</summary>
    public IReadOnlyCollection<Function> All => Volatile.Read(ref _all);

    /// <summary>Finds a function by name. During a <see cref="RegistryChange"/> this includes the functions that it removes.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Function? function) =>
        Volatile.Read(ref _byName).TryGetValue(name, out function);

    /// <summary>Does both halves of a <see cref="Change"/>.</summary>
    /// <returns>A task that completes when preparation has ended and nothing is left of the removed functions. Wakes work before.</returns>
    public Task Apply(GatewayOptions options)
    {
        var change = Change(options);
        return Task.WhenAll(change.Prepared, change.Retire());
    }

    /// <summary>
    /// Adapts the functions to the options. Running instances are adopted, and new functions are prepared. A failure of one function is logged and does not
    /// affect others. Removed functions serve until the second half, so that names and addresses that lead to them can be given to others first.
    /// </summary>
    public RegistryChange Change(GatewayOptions options)
    {
        var ports = _services.Ports.BeginChange();
        try
        {
            var (gone, prepared) = Replace(options);
            return new RegistryChange(Task.WhenAll(prepared), () => Retire(gone, ports));
        }
        catch
        {
            // Starts that need a fixed port would wait for this change for ever.
            ports.Dispose();
            throw;
        }
    }

    private (List<Function> Gone, List<Task> Prepared) Replace(GatewayOptions options)
    {
        List<Task> prepared = [];
        lock (_gate)
        {
            foreach (var runtime in _services.Runtimes.Values)
            {
                runtime.Keep([.. options.Functions.Values.Where(function => function.Run.Runtime == runtime.Name)]);
            }

            var before = _byName;
            List<Function> gone = [.. before.Values.Where(function => !options.Functions.ContainsKey(function.Name))];
            var after = new Dictionary<string, Function>(options.Functions.Count, StringComparer.OrdinalIgnoreCase);
            var added = Make(options.Functions.Values.Where(function => !before.ContainsKey(function.Name)));
            foreach (var function in options.Functions.Values)
            {
                after[function.Name] = before.TryGetValue(function.Name, out var known) ? known : added[function.Name];
            }

            Function[] bound = [.. before.Values.Where(static function => function.Bonds != FunctionBonds.None)];
            FunctionBonds.Bind(after, [.. options.Functions.Values]);
            Volatile.Write(ref _all, after.Values);
            _leaving = _leaving.AddRange(gone);
            // Removed functions can be found as long as something may lead to them.
            Volatile.Write(ref _byName, gone.Count == 0 ? after : new(after.Concat(gone.Select(function => KeyValuePair.Create(function.Name, function))), StringComparer.OrdinalIgnoreCase));
            foreach (var function in options.Functions.Values)
            {
                if (before.TryGetValue(function.Name, out var known))
                {
                    prepared.Add(Update(known, function));
                }
            }

            _services.Exclusions.Look(after.Values);
            foreach (var function in bound.Union(after.Values.Where(static function => function.Bonds != FunctionBonds.None)))
            {
                // What others need of it may be different now.
                function.Reconsider();
            }

            prepared.AddRange(added.Values.Select(function => PrepareAsync(function, adopt: true)));
            return (gone, prepared);
        }
    }

    /// <summary>Drains all functions when the gateway ends, and stops the instances whose runtime does not outlive it.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] retiring;
        lock (_gate)
        {
            retiring = [.. _retiring];
        }

        // What others depend on is asked to end in time, too, before all programs are killed.
        using var ended = new CancellationTokenSource();
        var limit = Task.Delay(RestartOptions.EndOfPrograms / 2, _services.Time, ended.Token);
        await Task.WhenAll([.. retiring, .. InOrder(All, function => function.RetireAsync(!_services.Runtimes[function.Options.Run.Runtime].OutlivesGateway, DrainTime), limit)]);
        await ended.CancelAsync();
    }

    // Observers forget what is known under used numbers before any of the new functions is armed in the kernel.
    private Dictionary<string, Function> Make(IEnumerable<FunctionOptions> options)
    {
        var made = new Dictionary<string, Function>(StringComparer.OrdinalIgnoreCase);
        var usedAgain = new HashSet<uint>();
        foreach (var function in options)
        {
            var number = _numbers.Take(out var isUsedAgain);
            if (isUsedAgain)
            {
                usedAgain.Add(number);
            }

            made[function.Name] = new Function(number, function, _services);
        }

        if (usedAgain.Count > 0)
        {
            foreach (var observer in _services.Observers)
            {
                observer.OnNumbersUsedAgain(usedAgain);
            }
        }

        return made;
    }

    private Task Update(Function known, FunctionOptions options)
    {
        var before = known.Options;
        if (before != options)
        {
            known.Update(options);
            return PrepareAsync(known, adopt: before.Run.Runtime != options.Run.Runtime);
        }

        if (known.State == FunctionState.Failed)
        {
            // The user may have fixed the cause elsewhere.
            known.Update(options);
        }

        return Task.CompletedTask;
    }

    private async Task PrepareAsync(Function function, bool adopt)
    {
        var options = function.Options;
        var runtime = _services.Runtimes[options.Run.Runtime];
        try
        {
            if (adopt)
            {
                foreach (var instance in await runtime.AdoptAsync(options, CancellationToken.None))
                {
                    function.Adopt(instance);
                }
            }

            await runtime.PrepareAsync(options, CancellationToken.None);
        }
        catch (RuntimeException error)
        {
            ActivationLog.PrepareFailed(_services.Logger, error.Message);
        }
        catch (Exception error)
        {
            ActivationLog.UnexpectedStartError(_services.Logger, options.Name, error);
        }

        function.Open();
    }
}
