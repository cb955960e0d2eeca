using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines.Networks;

/// <summary>
/// Keeps networks of functions over their runs: for each container of such a function another one, in which nothing runs but <c>pause.c</c>, and whose network
/// namespace the function's container joins. So a start makes no network, and the address is the same in each run.
/// </summary>
/// <param name="directories">Has the program <c>pause.c</c>, or null if no network can be kept.</param>
internal sealed class KeptNetworks(
    EngineDialect dialect, EngineContainers containers, KeptNetworkLedger ledger, GateDirectories? directories, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>
    /// The time within which a network is not made again twice ahead of its use. A container that ends again and again has a reason, and each start that needs the
    /// network makes it all the same.
    /// </summary>
    private static readonly TimeSpan RestoreEvery = TimeSpan.FromSeconds(10);

    // The networks that the engine has refused, by function. They are tried again when the engine has been away.
    private readonly ConcurrentDictionary<string, string> _refused = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _counting = new(1, 1);
    private bool _isCounted;
    private bool _isFull;

    /// <summary>Gets what is known of the networks.</summary>
    public KeptNetworkLedger Ledger => ledger;

    /// <summary>Brings what is known of a function in line with what the engine has. It is called only while nobody makes containers for the function.</summary>
    /// <returns>A task that returns the networks that are used and of which it is not known that they stand.</returns>
    public async Task<IReadOnlyList<string>> LearnAsync(string function, ContainerListing listing, ContainerSpec? spec, CancellationToken cancellationToken)
    {
        await (spec?.Network is not null ? CountAsync(cancellationToken) : Task.CompletedTask);
        return ledger.Learn(function, listing);
    }

    /// <summary>Returns true if a container is on a network as the function's containers are to be now.</summary>
    public bool IsRight(ContainerListResponse container, ContainerSpec spec) => (ContainerLabels.NetworkOf(container.Labels), spec.Network) switch
    {
        (null, null) => true,
        (null, { } wanted) => !ledger.HasRoom || IsRefused(wanted),
        ({ } network, { } wanted) => ledger.Fits(network, wanted.Hash),
        _ => false,
    };

    /// <summary>
    /// Takes a network for a container that is about to be made, one that is kept already or a new one. Returns null if there is none, so that the container has a
    /// network of its own.
    /// </summary>
    public async Task<string?> TakeAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        if (spec.Network is not { } wanted)
        {
            Tell(spec.Function, spec.NetworkNotKept);
            return null;
        }

        if (IsRefused(wanted))
        {
            return null;
        }

        await CountAsync(cancellationToken);
        return ledger.TryTake(spec.Function.Name, wanted.Hash) is { } free ? free : await MakeAsync(wanted, cancellationToken);
    }

    /// <summary>
    /// Makes sure that a network stands, of which that is not certain. Its container is started again if it has ended; then its address may be another one.
    /// </summary>
    public async Task<KeptNetworkState> RestoreAsync(FunctionOptions function, string network, CancellationToken cancellationToken)
    {
        try
        {
            if (await containers.InspectAsync(network, cancellationToken) is not { } found)
            {
                EngineLog.NetworkNotKept(logger, function.Name, $"container {network[..12]}, which kept it, was removed by someone else; another one is made");
                ledger.Forget(network);
                return KeptNetworkState.Gone;
            }

            if (found.State is { Running: true })
            {
                ledger.Stands(network, AddressIn(found, function));
                return KeptNetworkState.Stands;
            }

            EngineLog.NetworkNotKept(logger, function.Name, $"container {network[..12]}, which keeps it, had ended; it is started again, and the address may be another one");
            directories?.EnsurePause();
            await containers.StartNetworkAsync(network, cancellationToken);
            await FindAsync(function, network, cancellationToken);
            return KeptNetworkState.Restored;
        }
        catch (Exception exception) when (exception is DockerApiException or GateRefusedException)
        {
            EngineLog.NetworkNotKept(logger, function.Name, $"container {network[..12]}, which keeps it, does not start ({WordsOf(exception)}); another one is made");
            ledger.Spoil(network);
            return KeptNetworkState.Gone;
        }
    }

    /// <summary>Makes a network again whose container has ended or was removed, ahead of the next start.</summary>
    /// <returns>A task that returns false if there is no container any more that keeps it.</returns>
    public async Task<bool> NoteEndAsync(FunctionOptions function, string network, CancellationToken cancellationToken) =>
        !ledger.TryRestore(network, time, RestoreEvery) || await RestoreAsync(function, network, cancellationToken) != KeptNetworkState.Gone;

    /// <summary>Returns the address of a network, or null if it has none now.</summary>
    public async ValueTask<IPAddress?> AddressAsync(FunctionOptions function, string network, CancellationToken cancellationToken)
    {
        // An engine that starts what it joins may have done so a moment ago, and tells of it later.
        if (!dialect.StartsWhatIsJoined && ledger.Find(network) is { Stands: true, Address: { } known })
        {
            return known;
        }

        return (await FindAsync(function, network, cancellationToken)).Address;
    }

    /// <summary>Returns the address of a network that a run of its user has joined, or null if it does not stand any more or is another one than that run's.</summary>
    /// <param name="began">The time at which the run began, as the engine notes it.</param>
    public async Task<IPAddress?> AddressOfRunAsync(FunctionOptions function, string network, string began, CancellationToken cancellationToken)
    {
        var found = await FindAsync(function, network, cancellationToken);
        return found.Began > 0 && found.Began <= EngineFacts.Nanoseconds(began) ? found.Address : null;
    }

    /// <summary>Removes the function's networks that no container uses.</summary>
    public Task TidyAsync(string function, CancellationToken cancellationToken) =>
        Task.WhenAll(ledger.ForgetUnused(function).Select(network => containers.RemoveNetworkAsync(network, cancellationToken)));

    /// <summary>Forgets what the function was told, when it is gone.</summary>
    public void Forget(string function)
    {
        _refused.TryRemove(function, out _);
        _told.TryRemove(function, out _);
    }

    /// <summary>Notes that the engine may be another one now, so that it may take what it has refused.</summary>
    public void EngineIsBack() => _refused.Clear();

    public void Dispose() => _counting.Dispose();

    private async Task<string?> MakeAsync(KeptNetworkSpec wanted, CancellationToken cancellationToken)
    {
        var function = wanted.Function;
        if (!ledger.TryEnter())
        {
            if (!Interlocked.Exchange(ref _isFull, true))
            {
                EngineLog.NetworksFull(logger, ledger.Most, dialect.Section, function.Name);
            }

            return null;
        }

        string? made = null;
        try
        {
            directories?.EnsurePause();
            made = await containers.CreateNetworkAsync(wanted, cancellationToken);
        }
        catch (Exception exception) when (exception is DockerApiException or GateRefusedException)
        {
            _refused[function.Name] = wanted.Hash;
            Tell(function, $"it is not kept, because the engine does not start the container that would keep it ({WordsOf(exception)})");
            return null;
        }
        finally
        {
            ledger.Leave(made, function.Name, wanted.Hash);
        }

        _told.TryRemove(function.Name, out _);
        try
        {
            await FindAsync(function, made, cancellationToken);
            return made;
        }
        catch
        {
            ledger.Join(made, container: null);
            throw;
        }
    }

    private async Task<(long Began, IPAddress? Address)> FindAsync(FunctionOptions function, string network, CancellationToken cancellationToken)
    {
        if (await containers.InspectAsync(network, cancellationToken) is not { State: { Running: true } state } found)
        {
            ledger.Doubt(network);
            return default;
        }

        var address = AddressIn(found, function);
        ledger.Stands(network, address);
        return (EngineFacts.Nanoseconds(state.StartedAt), address);
    }

    /// <summary>Counts what earlier gateways of this name have left, before the first network is made.</summary>
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isCounted))
        {
            return;
        }

        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (!_isCounted)
            {
                ledger.LearnNew(await containers.ListAllAsync(cancellationToken));
                Volatile.Write(ref _isCounted, true);
            }
        }
        finally
        {
            _counting.Release();
        }
    }

    private bool IsRefused(KeptNetworkSpec wanted) => _refused.TryGetValue(wanted.Function.Name, out var hash) && hash == wanted.Hash;

    private void Tell(FunctionOptions function, string? why)
    {
        if (why is not null && !(_told.TryGetValue(function.Name, out var told) && told == why))
        {
            _told[function.Name] = why;
            EngineLog.NetworkNotKept(logger, function.Name, why);
        }
    }

    private static IPAddress? AddressIn(ContainerInspectResponse found, FunctionOptions function) => ContainerAddress.Of(found, function.Container.Network);

    private static string WordsOf(Exception exception) => exception is DockerApiException refusal ? EngineErrors.Message(refusal) : exception.Message;
}
