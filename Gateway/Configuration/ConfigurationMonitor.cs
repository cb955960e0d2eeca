using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// Holds the configuration in use and follows its changes. A change is used as a whole or not at all: a good configuration is published, a bad one
/// is logged and dropped, and one that a part of the gateway cannot put in use is taken back everywhere.
/// </summary>
internal sealed class ConfigurationMonitor : IHostedService, IDisposable
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
    private ConfigurationReloadToken _token = new();
    /// <summary>Why the last reading was not put in use, or null if it was. The same errors are not logged again.</summary>
    private string? _rejected;
    private long? _firstChange;

    internal ConfigurationMonitor(FirstRead first, TimeProvider time, ILogger<ConfigurationMonitor> logger)
    {
        (_first, _time, _logger, _current, _known, _root) = (first, time, logger, first.Options, first.Known, first.Root);
        _listeners = new ChangeListeners(logger);
        _timer = time.CreateTimer(_ => Reload(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        IChangeToken? since = first.Since;
        _subscription = ChangeToken.OnChange(() => Interlocked.Exchange(ref since, null) ?? first.Configuration.GetReloadToken(), OnFileChange);
    }

    /// <summary>The configuration in use: the last good one.</summary>
    public GatewayOptions Current => Volatile.Read(ref _current);

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

    /// <summary>Returns a token that is triggered by the next change of <see cref="Current"/>.</summary>
    public IChangeToken GetChangeToken() => Volatile.Read(ref _token);

    /// <summary>Logs the warnings about the first configuration, which was read before there was a logger.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Warn(_first.Warnings);
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
            _rejected = reason;
            _logger.NotPutInUse(reason);
            Publish(before.Options, before.Root, isNew: false);
            Reloaded?.Invoke(ReloadOutcome.Failed);
            return true;
        }
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _timer.Dispose();
    }

    private void OnFileChange()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _firstChange ??= now;
            var left = Patience - _time.GetElapsedTime(_firstChange.Value, now);
            _timer.Change(left < Quiet ? TimeSpan.FromTicks(Math.Max(0, left.Ticks)) : Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    private void Reload()
    {
        lock (_gate)
        {
            _firstChange = null;
            try
            {
                var result = ConfigurationReader.TryRead(_first.Configuration, _first.Runtimes, _known, _first.Machine);
                _known = result.Known;
                var errors = Errors(result);
                var outcome = errors.Count > 0 ? Reject(errors) : Accept(result);
                Reloaded?.Invoke(outcome);
            }
            catch (Exception exception)
            {
                // This runs on a timer's thread, where an exception would end the process.
                _logger.ReloadFailed(exception);
                Reloaded?.Invoke(ReloadOutcome.Failed);
            }
        }
    }

    private List<ConfigurationError> Errors(ReadResult result)
    {
        var unreadable = (_first.Configuration as IConfigurationRoot)?.Providers.OfType<LastGoodJsonProvider>()
            .Select(provider => provider.Unreadable).OfType<ConfigurationError>() ?? [];
        List<ConfigurationError> errors = [.. unreadable, .. result.Errors];
        if (errors.Count == 0 && result.Options is { } options)
        {
            if (EveryFunctionGone.Refuse(_current, options, result.Root!) is { } gone)
            {
                errors.Add(gone);
            }

            errors.AddRange(Veto(_current, options));
        }

        return errors;
    }

    private ReloadOutcome Reject(List<ConfigurationError> errors)
    {
        var text = StartupErrors.Describe(errors);
        if (text != _rejected)
        {
            _logger.Rejected(text);
        }

        _rejected = text;
        return ReloadOutcome.Rejected;
    }

    private ReloadOutcome Accept(ReadResult result)
    {
        var (old, good, wasBad) = (_current, result.Options!, _rejected is not null);
        _rejected = null;
        // Kestrel's section holds more than the options do, so it is compared as it was written.
        var changed = good != old || !SaysOfKestrel(_root, result.Root!);
        if (!changed)
        {
            _root = result.Root!;
            if (wasBad)
            {
                _logger.GoodAgain();
            }

            return ReloadOutcome.Unchanged;
        }

        _before = (old, _root);
        Publish(good, result.Root!);
        Warn(result.Warnings);
        foreach (var path in FixedAtStart.Changed(old, good))
        {
            _logger.NeedsRestart(path);
        }

        return ReloadOutcome.Applied;
    }

    /// <summary>Tells whether both trees say the same in Kestrel's section.</summary>
    private static bool SaysOfKestrel(ConfigurationNode one, ConfigurationNode other) =>
        (one.Find(Kestrel.KestrelEndpoints.Section), other.Find(Kestrel.KestrelEndpoints.Section)) switch
        {
            (null, null) => true,
            ({ } its, { } others) => its.SaysTheSameAs(others),
            _ => false,
        };

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

    private void Warn(IReadOnlyList<ConfigurationError> warnings)
    {
        foreach (var warning in warnings)
        {
            _logger.Warned(warning.Path, warning.Message);
        }
    }
}
