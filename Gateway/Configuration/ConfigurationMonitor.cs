using Gateway.Configuration.Labels;
using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// Holds the configuration in use and follows its changes. A change is used as a whole or not at all: a good configuration is published, a bad one
/// is logged and dropped, and one that a part of the gateway cannot put in use is taken back everywhere.
/// </summary>
internal sealed partial class ConfigurationMonitor : IHostedService, IDisposable
{
    /// <summary>How long nothing must change before a change is read, because an editor saves a file in several steps.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest time between a change and its reading, for files that change all the time.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly FirstRead _first;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly IDisposable _subscription;
    private readonly ChangeListeners _listeners;
    private GatewayOptions _current;
    private ConfigurationNode _root;
    /// <summary>What <see cref="Revert"/> goes back to. It is null if there is no earlier configuration, or it is in use again.</summary>
    private (GatewayOptions Options, ConfigurationNode Root)? _before;
    private KnownParts? _known;
    private readonly LabelledFunctions _labels;
    /// <summary>The names of the functions in use that containers' labels made.</summary>
    private HashSet<string> _labelled;
    private ConfigurationReloadToken _token = new();
    private ConfigurationState _state;
    private long? _firstChange;

    internal ConfigurationMonitor(FirstRead first, TimeProvider time, ILogger<ConfigurationMonitor> logger)
    {
        (_first, _time, _logger, _current, _known, _root) = (first, time, logger, first.Options, first.Known, first.Root);
        _listeners = new ChangeListeners(logger);
        (_labels, _labelled) = (first.Labels, NamesOf(first.Accepted));
        _state = new ConfigurationState(time.GetUtcNow(), first.Warnings, []) { Rejected = first.Rejected };
        _timer = time.CreateTimer(_ => Read(isAsked: false), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        IChangeToken? since = first.Since;
        _subscription = ChangeToken.OnChange(() => Interlocked.Exchange(ref since, null) ?? first.Configuration.GetReloadToken(), OnFileChange);
    }

    /// <summary>The configuration in use: the last good one.</summary>
    public GatewayOptions Current => Volatile.Read(ref _current);

    /// <summary>Since when it is in use, and what is wrong with what was read since then.</summary>
    public ConfigurationState State => Volatile.Read(ref _state);

    /// <summary>What users wrote of the configuration in use, as one tree.</summary>
    public ConfigurationNode Root => Volatile.Read(ref _root);

    /// <summary>The keys and sections whose change since the start needs another start.</summary>
    public IReadOnlyList<string> NeedRestart => [.. FixedAtStart.Changed(_first.Options, Current)];

    /// <summary>The same as <see cref="Current"/>, but read after any change that is under way is done.</summary>
    internal GatewayOptions Settled
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>The configuration in use in the form that Kestrel reads.</summary>
    public ValidatedConfiguration Validated => _first.Validated;

    /// <summary>
    /// Calls <paramref name="listener"/> with the old and the new configuration after each change, one change at a time, until the returned object is
    /// disposed. Kestrel has been told of its new endpoints by then. The listener must not block, because the next change waits for it.
    /// </summary>
    public IDisposable OnChange(Action<GatewayOptions, GatewayOptions> listener) => _listeners.Add(listener);

    /// <summary>Is called with the outcome of each reading and of each <see cref="Revert"/>. It must not block, because the next change waits for it.</summary>
    public Action<ReloadOutcome>? Reloaded { get; set; }

    /// <summary>
    /// Finds what this machine cannot do of a configuration. It is called with the old and the new one before the new one is put in use, which an
    /// error keeps from being used.
    /// </summary>
    internal Func<GatewayOptions, GatewayOptions, IEnumerable<ConfigurationError>> Veto { get; set; } = static (_, _) => [];

    /// <summary>Takes the containers of an engine whose labels ask for them to be functions. A change is read like one of a file.</summary>
    /// <param name="runtime">The name of the runtime on whose engine they are.</param>
    /// <param name="containers">The containers, in the order of their age.</param>
    public void Discover(string runtime, IReadOnlyList<LabelledContainer> containers)
    {
        lock (_gate)
        {
            if (!_labels.Update(runtime, containers))
            {
                return;
            }
        }

        OnFileChange();
    }

    /// <summary>Returns a token that is triggered by the next change of <see cref="Current"/>.</summary>
    public IChangeToken GetChangeToken() => Volatile.Read(ref _token);

    /// <summary>Logs the warnings about the first configuration, which was read before there was a logger.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Warn(_first.Warnings);
        Tell(_first.Rejected);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Puts the configuration before the current one in use again everywhere, because a part of the gateway could not put the current one in use.
    /// </summary>
    /// <param name="failed">The configuration that failed.</param>
    /// <param name="reason">A sentence that says why it failed.</param>
    /// <returns>
    /// Returns false, and changes nothing, if <paramref name="failed"/> is not in use any more or there is no configuration to go back to.
    /// </returns>
    public bool Revert(GatewayOptions failed, string reason)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_current, failed) || _before is not { } before)
            {
                return false;
            }

            _before = null;
            _logger.NotPutInUse(reason);
            Publish(before.Options, before.Root, isNew: false);
            _state = new ConfigurationState(_time.GetUtcNow(), [], [new ConfigurationError(ConfigurationError.AnySource, reason)]) { Rejected = _state.Rejected };
            Reloaded?.Invoke(ReloadOutcome.Failed);
            return true;
        }
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _timer.Dispose();
    }

    private void Publish(GatewayOptions good, ConfigurationNode root, bool isNew = true)
    {
        var old = _current;
        Validated.Publish(good, root);
        _root = root;
        Volatile.Write(ref _current, good);
        if (isNew)
        {
            _logger.Applied(good.Functions.Count);
        }

        _listeners.Tell(old, good);
        Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();
    }

    private static HashSet<string> NamesOf(IReadOnlyList<LabelledFunction> labelled) =>
        labelled.Select(static function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private void Warn(IReadOnlyList<ConfigurationError> warnings)
    {
        foreach (var warning in warnings)
        {
            _logger.Warned(warning.Path, warning.Message);
        }
    }
}
