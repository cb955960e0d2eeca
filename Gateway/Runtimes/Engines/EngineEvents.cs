using Docker.DotNet;
using Docker.DotNet.Models;
using Polly;
using Polly.Retry;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Listens to what happens to the gateway's containers. Calls come one at a time and must not block. An event may come late, when the container
/// is already in its next run (Podman looks for new events every 250 ms). Times are by the engine's clock, in nanoseconds since 1970.
/// </summary>
internal interface IEngineListener
{
    /// <summary>Returns whether a container that this gateway has not made is of interest.</summary>
    /// <param name="container">Its id.</param>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels, and other attributes of the event.</param>
    bool Follows(string container, string name, IDictionary<string, string> labels);

    /// <summary>Tells that a container that this gateway has not made was made, or has another name than before.</summary>
    void Named(string container, string name);

    /// <summary>Tells that the container's state may have changed. The event may be out of date, so the engine has to be asked.</summary>
    void Changed(string container);

    /// <summary>Tells that a program was executed in the container, by the gateway or by somebody else.</summary>
    void Started(string container, long at);

    /// <summary>Tells that the container's program was sent a signal through the engine, for example for a stop, by the gateway or by somebody else.</summary>
    void Signalled(string container, long at);

    /// <summary>Tells that the container was frozen or thawed, by the gateway or by somebody else.</summary>
    void Turned(string container, bool frozen);

    /// <summary>Tells that the engine's health check of the container has passed.</summary>
    void Healthy(string container, long at);

    /// <summary>Tells that the container was removed.</summary>
    void Removed(string container);

    /// <summary>Tells that an image's name may stand for another image now.</summary>
    void ImagesChanged();

    /// <summary>Tells that events are reported from now on, so that what happened before has to be looked at.</summary>
    /// <param name="again">Whether events may have been missed since the last connection.</param>
    void Connected(bool again);
}

/// <summary>Reads the engine's one event stream, and connects again with back-off whenever it breaks.</summary>
internal sealed class EngineEvents : IAsyncDisposable
{
    private const string Image = "image";

    /// <summary>The name of the health check's event. Docker appends the status to it; Podman puts the status into an attribute of that name.</summary>
    private const string Health = "health_status";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(2);

    private readonly EngineClient _engine;
    private readonly IEngineListener _listener;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _connect;
    private readonly Dictionary<string, IDictionary<string, bool>> _filters;
    private readonly string _gateway;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _loop;

    public EngineEvents(EngineClient engine, string gateway, IEngineListener listener, TimeProvider time, ILogger logger)
    {
        _engine = engine;
        _listener = listener;
        _time = time;
        _logger = logger;
        _connect = ConnectPipeline(time);
        _filters = new Dictionary<string, IDictionary<string, bool>>
        {
            ["type"] = new Dictionary<string, bool> { ["container"] = true, [Image] = true },
            ["event"] = Names(engine.Dialect).ToDictionary(name => name, _ => true),
        };
        // Filtered here and not by the engine, which would look for the label on images too.
        _gateway = gateway;
    }

    /// <summary>Starts to listen on the first call. So an engine without functions is never called.</summary>
    public void EnsureStarted()
    {
        if (Volatile.Read(ref _loop) is null)
        {
            lock (_lock)
            {
                _loop ??= Task.Run(() => ListenAsync(_stop.Token));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is { } loop)
        {
            await loop;
        }

        _stop.Dispose();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var first = true; ; first = false)
            {
                await ListenOnceAsync(first, cancellationToken);
                await Task.Delay(FirstDelay, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Listens until the stream breaks. The stream is requested from the engine's time before the containers are looked at, so that later events
    /// are in the stream and earlier ones are seen by the look. (The stream's headers prove nothing, because moby sends them before it subscribes:
    /// api/server/router/system, getEvents.)
    /// </summary>
    private async Task ListenOnceAsync(bool first, CancellationToken cancellationToken)
    {
        try
        {
            var facts = await _connect.ExecuteAsync(async token => await _engine.RefreshAsync(token), cancellationToken);
            if (!first)
            {
                EngineLog.EventsRegained(_logger, _engine.Endpoint);
            }

            _listener.Connected(again: !first);
            var parameters = new ContainerEventsParameters { Since = facts.Time.Length == 0 ? null : facts.Time, Filters = _filters };
            var progress = new Listening(_listener, _engine.Dialect, _gateway);
            await _engine.CallAsync(client => client.System.MonitorEventsAsync(parameters, progress, cancellationToken), cancellationToken);
            EngineLog.EventsLost(_logger, _engine.Endpoint, "the engine ended them");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            EngineLog.EventsLost(_logger, _engine.Endpoint, exception.Message);
        }
    }

    private static IEnumerable<string> Names(EngineDialect dialect) =>
        [.. dialect.EndEvents, dialect.RemoveEvent, "create", "rename", "start", "pause", "unpause", Health, .. dialect.SignalEvents, .. dialect.ImageEvents];

    private static ResiliencePipeline ConnectPipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<RuntimeException>().Handle<DockerApiException>(),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstDelay,
                MaxDelay = MaxDelay,
            })
            .Build();

    private sealed class Listening(IEngineListener listener, EngineDialect dialect, string gateway) : IProgress<Message>
    {
        public void Report(Message value)
        {
            if (value.Type == Image || dialect.ImageEvents.Contains(value.Action, StringComparer.Ordinal))
            {
                listener.ImagesChanged();
                return;
            }

            if (value.Actor?.Attributes is not { } labels)
            {
                return;
            }

            var isOurs = labels.TryGetValue(ContainerLabels.Gateway, out var whose) && whose == gateway && ContainerLabels.IsMade(labels);
            var called = labels.TryGetValue("name", out var written) ? written : "";
            if (!isOurs && !listener.Follows(value.Actor.ID, called, labels))
            {
                return;
            }

            var at = value.TimeNano ?? 0;
            switch (value.Action)
            {
                case var name when name == dialect.RemoveEvent:
                    listener.Removed(value.Actor.ID);
                    break;
                case var name when name.StartsWith(Health, StringComparison.Ordinal):
                    if (name.EndsWith(": healthy", StringComparison.Ordinal) || (labels.TryGetValue(Health, out var status) && status == "healthy"))
                    {
                        listener.Healthy(value.Actor.ID, at);
                    }

                    break;
                case "start":
                    listener.Started(value.Actor.ID, at);
                    break;
                case var name when dialect.SignalEvents.Contains(name):
                    listener.Signalled(value.Actor.ID, at);
                    break;
                case "pause" or "unpause":
                    listener.Turned(value.Actor.ID, value.Action == "pause");
                    break;
                case "create" or "rename":
                    if (!isOurs)
                    {
                        listener.Named(value.Actor.ID, called);
                    }

                    break;
                default:
                    listener.Changed(value.Actor.ID);
                    break;
            }
        }
    }
}
