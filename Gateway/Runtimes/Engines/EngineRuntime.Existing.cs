using System.Collections.Concurrent;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Runtimes.Engines.Discovery;
using Gateway.Runtimes.Engines.Existing;

namespace Gateway.Runtimes.Engines;

/// <summary>Handles functions whose container is the user's own, known by its name.</summary>
internal abstract partial class EngineRuntime
{
    private const string LookingAtUsers = "looking at a container of the user's";

    // By the function's name.
    private readonly ConcurrentDictionary<string, ExistingContainer> _existing = new(StringComparer.OrdinalIgnoreCase);

    // What was told last of each function's container, so that it is told once.
    private readonly ConcurrentDictionary<string, string> _noticed = new(StringComparer.OrdinalIgnoreCase);

    public string? NoticeOf(FunctionOptions function) => function.Run.IsUsers && _existing.TryGetValue(function.Name, out var existing) ? existing.Notice : null;

    bool IEngineListener.Follows(string container, string name, IDictionary<string, string> labels) =>
        _existing.Values.Any(existing => existing.Name == name || existing.Id == container) || (_discovery is not null && LabelledContainers.MayBe(labels));

    void IEngineListener.Named(string container, string name)
    {
        _discovery?.Look();
        LookAtNames(container, name);
    }

    public Action<IReadOnlyList<LabelledContainer>>? Discovered
    {
        set
        {
            if (_discovery is { } discovery)
            {
                discovery.Discovered = value;
                _events.EnsureStarted();
                discovery.Look();
            }
        }
    }

    private ExistingContainer Existing(FunctionOptions function)
    {
        var existing = _existing.GetOrAdd(function.Name, _ => new ExistingContainer(_containers, function, _time));
        existing.Take(function);
        return existing;
    }

    private ExistingContainer? ExistingOf(ContainerInspectResponse container) =>
        _existing.Values.FirstOrDefault(existing => existing.Id == container.ID || existing.Name == container.Name?.TrimStart('/'));

    private void KeepExisting(IReadOnlyCollection<FunctionOptions> functions)
    {
        var names = functions.Select(static function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in _existing.Keys.Where(name => !names.Contains(name)))
        {
            _existing.TryRemove(name, out _);
            _noticed.TryRemove(name, out _);
        }

        foreach (var function in functions)
        {
            Existing(function);
        }
    }

    private async ValueTask<IInstance> TakeExistingAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        var existing = Existing(function);
        var facts = await _engine.FactsAsync(cancellationToken);
        var (container, spec) = await existing.TakeAsync(_engine.Endpoint, cancellationToken);
        return new EngineInstance(Home(existing, spec, facts), container);
    }

    private async Task<IReadOnlyList<IInstance>> AdoptExistingAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var existing = Existing(function);
        try
        {
            var adopted = await AdoptAsync(existing, cancellationToken);
            existing.IsAdoptionDue = false;
            return adopted is null ? [] : [adopted];
        }
        catch
        {
            // The engine may be away. The adoption is tried again when its events begin.
            existing.IsAdoptionDue = true;
            throw;
        }
    }

    /// <summary>Takes over the container if it runs or is frozen and no instance uses it.</summary>
    private async Task<IInstance?> AdoptAsync(ExistingContainer existing, CancellationToken cancellationToken)
    {
        if (await existing.LookAsync(cancellationToken) is not var (found, spec))
        {
            return null;
        }

        TellNotice(existing);
        Disown(existing, found.ID);
        if (found.State is not ({ Running: true, Restarting: false } or { Paused: true }) || !existing.TryClaim(found.ID))
        {
            return null;
        }

        var facts = await _engine.FactsAsync(cancellationToken);
        Straighten(found.ID, facts, found.State.Paused);
        return await AdoptAsync(new EngineInstance(Home(existing, spec, facts), new Container(found.ID, spec.Hash, Slot: 0)), spec, letsThrough: false, cancellationToken);
    }

    // An instance in a container that has lost its name to another one, or has another one now, is the function's no more.
    private void Disown(ExistingContainer existing, string? container)
    {
        foreach (var instance in _live.Values.Where(instance => ReferenceEquals(instance.Store, existing) && instance.ContainerId != container))
        {
            instance.Disown();
        }
    }

    /// <summary>Looks whether there is such a container.</summary>
    /// <exception cref="RuntimeException">There is none.</exception>
    private async Task LookAtExistingAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        var existing = Existing(function);
        if (await existing.LookAsync(cancellationToken) is null)
        {
            throw EngineErrors.NoContainer(function, _engine.Endpoint);
        }

        TellNotice(existing);
    }

    private async Task LookAtExistingAsync(ExistingContainer existing, CancellationToken cancellationToken)
    {
        if (_owner is null)
        {
            return;
        }

        var (function, before) = (existing.Function, existing.Id);
        var instance = await AdoptAsync(existing, cancellationToken);
        if (existing.Id is null)
        {
            Disown(existing, container: null);
        }
        else if (existing.Id != before)
        {
            _owner.Appeared(function.Name);
        }

        if (instance is not null)
        {
            await OfferAsync(function, instance, cancellationToken);
        }
    }

    // The name that a container had and the one that it has now may be those of two functions.
    private void LookAtNames(string container, string? name)
    {
        foreach (var existing in _existing.Values.Where(existing => existing.Id == container || existing.Name == name))
        {
            existing.Doubt();
            _work.Run(LookingAtUsers, token => LookAtExistingAsync(existing, token));
        }
    }

    private void LookAtExisting(bool again)
    {
        foreach (var existing in _existing.Values)
        {
            // What happened before the events began has not been told.
            existing.Doubt();
            if (again || existing.IsAdoptionDue)
            {
                _work.Run(LookingAtUsers, token => LookAtExistingAsync(existing, token));
            }
        }
    }

    private void TellNotice(ExistingContainer existing)
    {
        var name = existing.Function.Name;
        if (existing.Notice is not { } notice)
        {
            _noticed.TryRemove(name, out _);
        }
        else if (!_noticed.TryGetValue(name, out var told) || told != notice)
        {
            _noticed[name] = notice;
            EngineLog.Noticed(_logger, name, existing.Name, notice);
        }
    }
}
