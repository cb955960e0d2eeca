using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>All functions, by name and by their number in the kernel. Numbers of removed functions are used again.</summary>
public sealed class FunctionRegistry(FunctionServices services) : IAsyncDisposable
{
    /// <summary>Longest wait for requests in flight when a function is removed or the gateway ends.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    private readonly Lock _gate = new();
    private readonly SortedSet<uint> _free = [];
    private uint _nextIndex;

    // Replaced and never written to. A frozen dictionary finds a name a little sooner, and takes long to make of 10,000.
    private Dictionary<string, Function> _byName = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyCollection<Function> All => Volatile.Read(ref _byName).Values;

    public bool TryGet(string name, [NotNullWhen(true)] out Function? function) =>
        Volatile.Read(ref _byName).TryGetValue(name, out function);

    /// <summary>
    /// Makes the functions what the options say. What runs is adopted, what is new is prepared, what is gone is drained
    /// and stopped; one function's trouble is logged and is its own.
    /// </summary>
    /// <returns>Completes when preparation has ended; wakes work before.</returns>
    public Task Apply(GatewayOptions options)
    {
        var added = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        List<string> changed = [];
        List<Function> removed = [];
        lock (_gate)
        {
            var before = _byName;
            foreach (var gone in before.Values.Where(function => !options.Functions.ContainsKey(function.Name)))
            {
                removed.Add(gone);
                _free.Add(gone.Index);
            }

            var after = new Dictionary<string, Function>(options.Functions.Count, StringComparer.OrdinalIgnoreCase);
            foreach (var function in options.Functions.Values)
            {
                if (before.TryGetValue(function.Name, out var known))
                {
                    after[function.Name] = known;
                    if (known.Options != function)
                    {
                        known.Update(function);
                        changed.Add(function.Name);
                    }
                    else if (known.State == FunctionState.Failed)
                    {
                        // What was broken may have been mended elsewhere.
                        known.Update(function);
                    }

                    continue;
                }

                var made = new Function(NextIndex(), function, services);
                after[function.Name] = made;
                added.Add(made.Name);
                changed.Add(made.Name);
            }

            Volatile.Write(ref _byName, after);
        }

        var retired = removed.Select(RemoveAsync);
        return Task.WhenAll(changed.Select(name => PrepareAsync(name, added)).Concat(retired));
    }

    /// <summary>The gateway ends: drains all, and stops what would not outlive it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(function => function.RetireAsync(!services.Runtimes[function.Options.Runtime].OutlivesGateway, DrainTime)));
    }

    private uint NextIndex()
    {
        if (_free.Count == 0)
        {
            return _nextIndex++;
        }

        var index = _free.Min;
        _free.Remove(index);
        return index;
    }

    private async Task PrepareAsync(string name, HashSet<string> added)
    {
        if (!TryGet(name, out var function))
        {
            return;
        }

        var options = function.Options;
        var runtime = services.Runtimes[options.Runtime];
        try
        {
            if (added.Contains(name))
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
            ActivationLog.PrepareFailed(services.Logger, error.Message);
        }
        catch (Exception error)
        {
            ActivationLog.UnexpectedStartError(services.Logger, name, error);
        }

        function.Begin();
    }

    private async Task RemoveAsync(Function function)
    {
        await function.RetireAsync(stop: true, DrainTime);
        try
        {
            await services.Runtimes[function.Options.Runtime].ForgetAsync(function.Name, CancellationToken.None);
        }
        catch (Exception error)
        {
            ActivationLog.PrepareFailed(services.Logger, error.Message);
        }

        services.Metrics.Forget(function.Name);
    }
}
