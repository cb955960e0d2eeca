using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// Holds the configuration in use and follows its changes. A good one is published, a bad one logged and forgotten; one that a part of the
/// gateway cannot put in use is taken back. All or nothing.
/// </summary>
internal sealed class ConfigurationMonitor : IHostedService, IDisposable
{
    /// <summary>Quiet time after a change before it is read: an editor's save is several events.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    /// <summary>A file that never rests is read nevertheless.</summary>
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
    private (GatewayOptions Options, ConfigurationNode Root)? _before;
    private KnownParts? _known;
    private ConfigurationReloadToken _token = new();
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

    /// <summary>The last good configuration.</summary>
    public GatewayOptions Current => Volatile.Read(ref _current);

    /// <summary>As <see cref="Current"/>, but for a change that is under way: then the new one.</summary>
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

    /// <summary>What Kestrel reads.</summary>
    public ValidatedConfiguration Validated => _first.Validated;

    /// <summary>
    /// Calls <paramref name="listener"/> with the old and the new configuration after each change, one change at a time, when
    /// Kestrel knows its new endpoints already. It must not block: the next change waits for it. Dispose to end it.
    /// </summary>
    public IDisposable OnChange(Action<GatewayOptions, GatewayOptions> listener) => _listeners.Add(listener);

    /// <summary>Called with what became of each reading. It must not block.</summary>
    public Action<ReloadOutcome>? Reloaded { get; set; }

    /// <summary>What this machine cannot do of what the configuration asks; asked with the old and the new one before the new one is put in use.</summary>
    internal Func<GatewayOptions, GatewayOptions, IEnumerable<ConfigurationError>> Veto { get; set; } = static (_, _) => [];

    /// <summary>A token that changes with the next change of <see cref="Current"/>.</summary>
    public IChangeToken GetChangeToken() => Volatile.Read(ref _token);

    /// <summary>Logs what is odd about the first configuration.</summary>
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
    /// Says that a part of the gateway could not put a configuration in use: the one before it is so again, everywhere.
    /// </summary>
    /// <param name="failed">The configuration.</param>
    /// <param name="reason">A sentence.</param>
    /// <returns>False, and nothing has happened, when a later one has taken its place, or there was none before.</returns>
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
                // On a timer's thread, where an exception would end the process.
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
        // Kestrel reads more than our options hold.
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
