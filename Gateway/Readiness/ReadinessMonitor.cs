using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Readiness;

/// <summary>
/// Finds out when an instance answers. The kernel reports listen() inside the instance's cgroup, and one probe confirms it. Without that report
/// the instance is probed, with pauses that begin at 1 ms and double. An instance with a readiness of its own is asked for that instead.
/// </summary>
/// <remarks>
/// A paused program listens already and will not call listen() again. While it is frozen the kernel takes connections into
/// its backlog, so a connect proves nothing before the program goes on. It is therefore probed as soon as the runtime's call returns: the
/// processes go on by then, and the connect shows that the socket still exists.
/// </remarks>
internal sealed class ReadinessMonitor(ListenEvents events, IReadinessProbe probe, TimeProvider time) : IReadiness
{
    /// <summary>The first pause between two probes. Each further pause is twice as long.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest pause between two probes.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The first pause between two probes while the kernel's report is awaited. The report may never come: a program can be given a socket that
    /// listens already, or move out of its cgroup, and the ring buffer may have no room. Because pauses double, such a start takes twice its time at
    /// most. A faster start is probed only once, to confirm it. A program that does not listen yet does not notice a probe.
    /// </summary>
    public static readonly TimeSpan FirstSafetyPause = TimeSpan.FromMilliseconds(32);

    /// <summary>The longest pause between two probes while the kernel's report is awaited.</summary>
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
            _wasPaused = instance.Tier.IsFrozen();
            _subscription = _wasPaused || instance.Readiness is not null ? null : events.Subscribe(instance.CgroupPaths, OnListen);
        }

        public Task Listening => _listening.Task;

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
                    // The program listens, and only its answer is awaited.
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

            // Any program that listens at an address of this machine answers a connect, not only the function.
            return InstanceSockets.StrangerAt(_instance, _function) is { } stranger ? throw stranger : true;
        }

        private async Task<ReadyTimes> ReadyAsync(CancellationToken cancellationToken)
        {
            if (!_wasPaused)
            {
                await HealthyAsync(cancellationToken);
            }

            return new ReadyTimes(Volatile.Read(ref _listenedAt), _time.GetTimestamp());
        }

        private async Task HealthyAsync(CancellationToken cancellationToken)
        {
            var healthy = _instance.HealthyAsync(cancellationToken);
            var isWell = healthy.IsCompletedSuccessfully;
            await healthy;
            if (!isWell && _function.Ready.Path is null)
            {
                // The first client would get the connection by which the program was seen to listen. A database has made up its mind about that one: it refuses it, since it was still starting.
                await _probe.AnswersAsync(_instance.Endpoint!, _function, cancellationToken);
            }
        }

        // Returns true if listen() was reported, and false if the pause is over. The end of the pause is no exception: the program may begin to listen just then.
        private async Task<bool> ListenedAsync(TimeSpan pause, CancellationToken cancellationToken)
        {
            await _listening.Task.WaitAsync(pause, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            return _listening.Task.IsCompleted;
        }

        // The cgroup is looked up again until it exists: a container's cgroup is made by its start.
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
