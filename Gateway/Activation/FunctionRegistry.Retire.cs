using System.Collections.Immutable;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Ends functions that are no longer configured.</summary>
internal sealed partial class FunctionRegistry
{
    private readonly HashSet<Task> _retiring = [];
    private ImmutableArray<Function> _leaving = [];

    /// <summary>Gets the functions that are no longer configured and of which something is left, such as a request that is being answered.</summary>
    public IReadOnlyList<Function> Leaving
    {
        get
        {
            lock (_gate)
            {
                return _leaving;
            }
        }
    }

    private Task Retire(List<Function> gone, IDisposable ports)
    {
        lock (_gate)
        {
            if (gone.Count > 0)
            {
                Volatile.Write(ref _byName, new(_byName.Where(pair => !gone.Contains(pair.Value)), StringComparer.OrdinalIgnoreCase));
            }

            gone.ForEach(static function => function.NoteGoing());
            var retired = InOrder(gone, RetireAsync);
            ports.Dispose();
            foreach (var task in retired)
            {
                _retiring.Add(task);
                _ = task.ContinueWith(Retired, CancellationToken.None, TaskContinuationOptions.RunContinuationsAsynchronously, TaskScheduler.Default);
            }

            return Task.WhenAll(retired);
        }
    }

    // A function that others depend on ends after them, because requests inside them may still need it.
    private static Task[] InOrder(IReadOnlyCollection<Function> functions, Func<Function, Task> retire, Task? limit = null)
    {
        var ends = new Dictionary<Function, Task>();
        return [.. functions.Select(End)];

        Task End(Function function) => ends.TryGetValue(function, out var end) ? end : ends[function] = AfterAsync([.. function.Bonds.Dependents.Where(functions.Contains).Select(End)], function);

        async Task AfterAsync(Task[] dependents, Function function)
        {
            if (dependents.Length > 0)
            {
                await (limit is null ? Task.WhenAll(dependents) : Task.WhenAny(limit, Task.WhenAll(dependents)));
            }

            await retire(function);
        }
    }

    private void Retired(Task task)
    {
        lock (_gate)
        {
            _retiring.Remove(task);
        }
    }

    private async Task RetireAsync(Function function)
    {
        // What is the user's own goes on as it is.
        await function.RetireAsync(stop: !function.Options.Run.IsUsers, DrainTime);
        await TryForgetAsync(function);
        function.Leave();
        lock (_gate)
        {
            _leaving = _leaving.Remove(function);
            _numbers.Return(function.Index);
        }
    }

    // Removes what rests on the engine, unless another function has the same name and runtime now.
    private async Task TryForgetAsync(Function function)
    {
        try
        {
            if (!TryGet(function.Name, out var successor) || successor.Options.Run.Runtime != function.Options.Run.Runtime)
            {
                await _services.Runtimes[function.Options.Run.Runtime].ForgetAsync(function.Name, CancellationToken.None);
            }
        }
        catch (Exception error)
        {
            ActivationLog.PrepareFailed(_services.Logger, error.Message);
        }
    }
}
