using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Readiness;

/// <summary>
/// Finds out when an instance answers: the kernel tells of listen() inside its cgroup, and one probe confirms it. Where
/// the kernel does not tell, the probe goes from 1 ms backing off. An instance with a readiness of its own is asked for that instead.
/// </summary>
/// <remarks>
/// A paused program listens already and will not say so again; and while it is frozen the kernel takes connections into
/// its backlog, so a connect before it goes on proves nothing. Its probe follows the runtime's return at once: the
/// processes are let go on by then, and the connect shows that the socket is still there.
/// </remarks>
internal sealed class ReadinessMonitor(ListenEvents events, IReadinessProbe probe, TimeProvider time) : IReadiness
{
    /// <summary>The first pause between two probes; each pause is twice the one before.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest pause between two probes.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// While the kernel's word is awaited: from this, doubling. It may not come: a program can get its socket already listening, or move out of its
    /// cgroup, and what the ring had no room for is lost. So such a start takes twice its time at most. Starts that are over before cost no probe but
    /// the confirming one; what is not listening yet does not notice one.
    /// </summary>
    public static readonly TimeSpan FirstSafetyPause = TimeSpan.FromMilliseconds(32);

    /// <summary>The longest pause between two probes while the kernel's word is awaited.</summary>
    public static readonly TimeSpan LongestSafetyPause = TimeSpan.FromMilliseconds(500);

    public IReadinessWatch Watch(IInstance instance, FunctionOptions function) =>
        new InstanceWatch(events, probe, time, instance, function);

    public RuntimeException? StrangerAt(IInstance instance, FunctionOptions function) => InstanceSockets.StrangerAt(instance, function);

    public string? WhereInstead(IInstance instance, FunctionOptions function) => InstanceSockets.WhereInstead(instance, function);

    private sealed class InstanceWatch : IReadinessWatch
    {
        private readonly ListenEvents _events;
        private readonly IReadinessProbe _probe;
        private readonly TimeProvider _time;
        private readonly IInstance _instance;
        private readonly FunctionOptions _function;
        private readonly bool _wasPaused;
        private readonly IDisposable? _subscription;
        private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _listenedAt;
        private ulong? _cgroup;
        private bool _isDoubted;

        public InstanceWatch(ListenEvents events, IReadinessProbe probe, TimeProvider time, IInstance instance, FunctionOptions function)
        {
            (_events, _probe, _time, _instance, _function) = (events, probe, time, instance, function);
            _wasPaused = instance.Tier == Tier.Paused;
            _subscription = _wasPaused || instance.Readiness is not null ? null : events.Subscribe(instance.CgroupPaths, OnListen);
        }

        public void Dispose() => _subscription?.Dispose();

        public async Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken)
        {
            if (_instance.Endpoint is null || _wasPaused || _instance.Readiness is not null)
            {
                await started;
            }

            if (_instance.Readiness is { } own)
            {
                await own.WaitAsync(cancellationToken);
                if (_function.Ready.Path is null && !_isDoubted)
                {
                    // Its word is enough, but for one that has refused a connection since.
                    return await ReadyAsync(cancellationToken);
                }
            }

            var (pause, longest) = _subscription is null ? (FirstPause, LongestPause) : (FirstSafetyPause, LongestSafetyPause);
            var awaited = _subscription is not null;
            while (true)
            {
                if (awaited && await ListenedAsync(pause, cancellationToken))
                {
                    // From here on the program is there and only its answer is awaited.
                    (awaited, pause, longest) = (false, FirstPause, LongestPause);
                }

                if (await AnswersNowAsync(cancellationToken))
                {
                    return await ReadyAsync(cancellationToken);
                }

                if (!awaited)
                {
                    await Task.Delay(pause, _time, cancellationToken);
                }

                pause = pause * 2 < longest ? pause * 2 : longest;
            }
        }

        public async Task<bool> AnswersNowAsync(CancellationToken cancellationToken)
        {
            if (_instance.Readiness is { } own && !await own.AnswersAsync(cancellationToken)
                || !await _probe.AnswersAsync(_instance.Endpoint!, _function, cancellationToken))
            {
                _isDoubted = true;
                return false;
            }

            // Whoever listens at an address of this machine answers a connect, be it the function or not.
            return InstanceSockets.StrangerAt(_instance, _function) is { } stranger ? throw stranger : true;
        }

        private async Task<ReadyTimes> ReadyAsync(CancellationToken cancellationToken)
        {
            if (!_wasPaused)
            {
                await _instance.HealthyAsync(cancellationToken);
            }

            return new ReadyTimes(Volatile.Read(ref _listenedAt), _time.GetTimestamp());
        }

        // True when listen() was seen; false when the pause is over.
        private async Task<bool> ListenedAsync(TimeSpan pause, CancellationToken cancellationToken)
        {
            try
            {
                await _listening.Task.WaitAsync(pause, _time, cancellationToken);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        // Looked up until it is there: a container's cgroup is made by its start.
        private ulong? OwnCgroup()
        {
            foreach (var path in _instance.CgroupPaths)
            {
                _cgroup ??= _events.CgroupId(path);
            }

            return _cgroup;
        }

        private void OnListen(ListenEvent listen)
        {
            var port = _instance.Endpoint?.Port ?? _function.Run.Port;
            if ((port is null || listen.Port == port) && OwnCgroup() is { } cgroup && listen.IsWithin(cgroup))
            {
                Interlocked.CompareExchange(ref _listenedAt, listen.Timestamp, 0);
                _listening.TrySetResult();
            }
        }
    }
}
