using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Forwarding.Async;

/// <summary>Keeps requests whose clients do not wait, until their functions have answered, and the answers until they are fetched or too old.</summary>
internal sealed partial class AsyncRequests(AsyncDelivery delivery, AsyncFolders folders, AsyncMetrics metrics, TimeProvider time, ILogger<AsyncRequests> logger)
{
    // Each function bounds its own, and in it each client leaves as many places as it has.
    private readonly HeldPlaces _places = new(static () => new ClientLimits { Held = int.MaxValue, HeldBytes = long.MaxValue });
    private readonly ConcurrentDictionary<string, AsyncRequest> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AsyncFunction> _functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<AsyncRequest, Task> _running = new();
    private readonly ConcurrentDictionary<string, bool> _written = new(StringComparer.Ordinal);
    private readonly Lock _change = new();
    private volatile bool _isEnding;
    private volatile bool _isFollowing;
    private int _searches;

    /// <summary>Whether there is a function that has requests kept, or was one.</summary>
    public bool Any => !_functions.IsEmpty;

    /// <summary>Takes what the configuration says. Requests that are kept already stay where they are.</summary>
    public void Update(GatewayOptions options)
    {
        foreach (var (name, function) in options.Functions)
        {
            if (function.Async is { } wanted)
            {
                Know(name, wanted);
            }
        }

        _isFollowing = true;
    }

    /// <summary>Returns a request that was accepted, or its answer.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out AsyncRequest? request) => _all.TryGetValue(id, out request);

    /// <summary>Whether requests may still be found that an earlier gateway has accepted.</summary>
    public bool MayFindMore => !_isFollowing || Volatile.Read(ref _searches) > 0;

    /// <summary>Is cancelled when nothing is delivered any more, because the gateway ends.</summary>
    public CancellationToken Ending => delivery.Ending;

    /// <summary>Takes a place for a request, and room for its body.</summary>
    /// <param name="function">The function.</param>
    /// <param name="options">What it keeps.</param>
    /// <param name="client">The client.</param>
    /// <param name="size">The largest size that the body may turn out to have, in bytes.</param>
    public HoldRefusal? TryEnter(Function function, AsyncOptions options, ClientGroup client, long size)
    {
        var refusal = _places.TryTake(function.Name, new HoldOptions { MaxRequests = options.MaxRequests }, client, bytes: 0);
        if (refusal is null && !Known(function.Name, options).TryTake(size))
        {
            _places.Give(function.Name, client, bytes: 0);
            refusal = HoldRefusal.FunctionFull;
        }

        if (refusal is not null)
        {
            metrics.Count(function.Name, AsyncOutcome.Refused);
        }

        return refusal;
    }

    /// <summary>Gives back what no request has taken.</summary>
    public void Leave(Function function, AsyncOptions options, ClientGroup client, long size)
    {
        Known(function.Name, options).Give(size);
        _places.Give(function.Name, client, bytes: 0);
    }

    /// <summary>Keeps a request that has a place and room, and has it delivered.</summary>
    /// <returns>Returns null if it would be lost, because the gateway ends.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task<AsyncRequest?> KeepAsync(KeptRequest request, AsyncOptions options, ClientGroup client, long room, CancellationToken cancellationToken)
    {
        var function = Known(request.Function, options);
        if (_isEnding || (Ending.IsCancellationRequested && function.Folder is null))
        {
            metrics.Count(request.Function, AsyncOutcome.Refused);
            return null;
        }

        if (function.IsBroken)
        {
            throw new IOException("The folder cannot be used.");
        }

        // Its file may be found by who looks for those of an earlier gateway.
        _written[request.Id] = true;
        try
        {
            var kept = await AsyncRequest.KeepAsync(request, function.Folder, client, cancellationToken);
            function.Give(room - kept.Size);
            metrics.Count(request.Function, AsyncOutcome.Accepted);
            Begin(kept, function);
            return kept;
        }
        finally
        {
            _written.TryRemove(request.Id, out _);
        }
    }

    /// <summary>Forgets a request, which is given up if it waits, and its answer.</summary>
    public void Forget(AsyncRequest request)
    {
        if (!_all.TryRemove(request.Id, out _))
        {
            return;
        }

        lock (request)
        {
            var isDone = request.State == AsyncState.Done;
            metrics.Change(request.Function, isDone, by: -1);
            if (!isDone)
            {
                metrics.Count(request.Function, AsyncOutcome.Forgotten);
            }

            request.Forget();
        }

        _places.Give(request.Function, request.Client, bytes: 0);
        if (_functions.TryGetValue(request.Function, out var function))
        {
            function.Forget(request);
        }
    }

    /// <summary>Waits for what is under way while the gateway ends, which is bounded (<see cref="AsyncDelivery.LastAnswer"/>). Requests in folders are for the next gateway.</summary>
    public async Task EndAsync()
    {
        _isEnding = true;
        await Task.WhenAll(_running.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        folders.Close();
    }

    // The first request may come before the configuration is followed.
    private AsyncFunction Known(string name, AsyncOptions options) => _functions.TryGetValue(name, out var known) ? known : Know(name, options);

    private AsyncFunction Know(string name, AsyncOptions options)
    {
        lock (_change)
        {
            var function = _functions.GetOrAdd(name, _ => new AsyncFunction(name, options));
            function.Update(options);
            metrics.Know(name);
            if (folders.Change(function) is { } folder)
            {
                Interlocked.Increment(ref _searches);
                _ = AdoptAsync(function, folder);
            }

            return function;
        }
    }

    private void Begin(AsyncRequest request, AsyncFunction function)
    {
        _all[request.Id] = request;
        metrics.Change(request.Function, isDone: false, by: +1);
        Run(request, () => HandleAsync(request, function));
    }

    private void Run(AsyncRequest request, Func<Task> work)
    {
        var running = Task.Run(work);
        _running[request] = running;
        _ = running.ContinueWith(_ => _running.TryRemove(request, out Task? _), TaskScheduler.Default);
    }
}
