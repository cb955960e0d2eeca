using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>
/// Holds the configuration in use and follows its changes. A good one is published, a bad one logged and forgotten.
/// </summary>
public sealed class ConfigurationMonitor : IHostedService, IDisposable
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
    private KnownParts? _known;
    private ConfigurationReloadToken _token = new();
    private string? _rejected;
    private long? _firstChange;

    internal ConfigurationMonitor(FirstRead first, TimeProvider time, ILogger<ConfigurationMonitor> logger)
    {
        (_first, _time, _logger, _current, _known) = (first, time, logger, first.Options, first.Known);
        _listeners = new ChangeListeners(logger);
        _timer = time.CreateTimer(_ => Reload(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        IChangeToken? since = first.Since;
        _subscription = ChangeToken.OnChange(() => Interlocked.Exchange(ref since, null) ?? first.Configuration.GetReloadToken(), OnFileChange);
    }

    /// <summary>The last good configuration.</summary>
    public GatewayOptions Current => Volatile.Read(ref _current);

    /// <summary>What Kestrel reads.</summary>
    public ValidatedConfiguration Validated => _first.Validated;

    /// <summary>
    /// Calls <paramref name="listener"/> with the old and the new configuration after each change, one change at a time, when
    /// Kestrel knows its new endpoints already. It must not block: the next change waits for it. Dispose to end it.
    /// </summary>
    public IDisposable OnChange(Action<GatewayOptions, GatewayOptions> listener) => _listeners.Add(listener);

    /// <summary>What this machine cannot do of what the configuration asks, or null; asked before a new one is put in use.</summary>
    internal Func<GatewayOptions, ConfigurationError?> Veto { get; set; } = static _ => null;

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
                var result = ConfigurationReader.TryRead(_first.Configuration, _known);
                _known = result.Known;
                var unreadable = (_first.Configuration as IConfigurationRoot)?.Providers.OfType<LastGoodJsonProvider>()
                    .Select(provider => provider.Unreadable).OfType<ConfigurationError>() ?? [];
                IEnumerable<ConfigurationError> vetoed = result.Options is { } options && Veto(options) is { } veto ? [veto] : [];
                Judge([.. unreadable, .. result.Errors, .. vetoed], result);
            }
            catch (Exception exception)
            {
                // On a timer's thread, where an exception would end the process.
                _logger.ReloadFailed(exception);
            }
        }
    }

    private void Judge(IReadOnlyList<ConfigurationError> errors, ReadResult result)
    {
        if (errors.Count > 0)
        {
            var text = StartupErrors.Describe(errors);
            if (text != _rejected)
            {
                _logger.Rejected(text);
            }

            _rejected = text;
            return;
        }

        var (old, good, wasBad) = (_current, result.Options!, _rejected is not null);
        _rejected = null;
        Validated.Publish(good, result.Root!);
        if (good != old)
        {
            Publish(old, good);
            Warn(result.Warnings);
            WarnOfRestart(old, good);
        }
        else if (wasBad)
        {
            _logger.GoodAgain();
        }
    }

    private void Publish(GatewayOptions old, GatewayOptions good)
    {
        Volatile.Write(ref _current, good);
        _logger.Applied(good.Functions.Count);
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

    // What the gateway is built around: said, so that nobody waits for it to take effect.
    private void WarnOfRestart(GatewayOptions old, GatewayOptions good)
    {
        (string Key, bool HasChanged)[] fixedAtStart =
        [
            (nameof(good.Name), old.Name != good.Name),
            (nameof(good.Ebpf), old.Ebpf != good.Ebpf),
            (nameof(good.Docker), old.Docker != good.Docker),
            (nameof(good.Budget), old.Budget != good.Budget),
            (nameof(good.State), old.State != good.State),
        ];
        foreach (var (key, _) in fixedAtStart.Where(entry => entry.HasChanged))
        {
            _logger.NeedsRestart($"Gateway:{key}");
        }
    }
}
