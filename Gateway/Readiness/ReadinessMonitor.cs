using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Readiness;

/// <summary>
/// Finds out when an instance answers: the kernel tells of listen() inside its cgroup, and one probe confirms it. Where
/// the kernel does not tell, the probe goes from 1 ms backing off.
/// </summary>
/// <remarks>
/// A paused program listens already and will not say so again; and while it is frozen the kernel takes connections into
/// its backlog, so a connect before it goes on proves nothing. Its probe follows the runtime's return at once: the
/// processes are let go on by then, and the connect shows that the socket is still there.
/// </remarks>
public sealed class ReadinessMonitor(ListenEvents events, IReadinessProbe probe, TimeProvider time) : IReadiness
{
    /// <summary>Between probes: from this, doubling.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Between probes without eBPF: to this.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// With eBPF: a probe this often all the same, for a program that got its socket already listening, or moved out
    /// of its cgroup, so that no event names it.
    /// </summary>
    public static readonly TimeSpan SafetyPause = TimeSpan.FromMilliseconds(500);

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

        public InstanceWatch(ListenEvents events, IReadinessProbe probe, TimeProvider time, IInstance instance, FunctionOptions function)
        {
            (_events, _probe, _time, _instance, _function) = (events, probe, time, instance, function);
            _wasPaused = instance.Tier == Tier.Paused;
            _subscription = !_wasPaused && events.TellsOf(instance.CgroupPaths) ? events.Subscribe(OnListen) : null;
        }

        public void Dispose() => _subscription?.Dispose();

        public async Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken)
        {
            if (_instance.Endpoint is null || _wasPaused)
            {
                await started;
            }

            var pause = _subscription is null ? FirstPause : SafetyPause;
            while (true)
            {
                if (await ListenedAsync(pause, cancellationToken) && pause > LongestPause)
                {
                    // From here on the program is there and only its answer is awaited.
                    pause = FirstPause;
                }

                if (await _probe.AnswersAsync(_instance.Endpoint!, _function.Ready.Path, cancellationToken))
                {
                    // Whoever listens at an address of this machine answers a connect, be it the function or not.
                    if (InstanceSockets.StrangerAt(_instance, _function) is { } stranger)
                    {
                        throw stranger;
                    }

                    return new ReadyTimes(Volatile.Read(ref _listenedAt), _time.GetTimestamp());
                }

                if (pause < SafetyPause)
                {
                    await Task.Delay(pause, _time, cancellationToken);
                    pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                }
            }
        }

        // True when listen() was seen; false when the pause is over. Returns at once without eBPF.
        private async Task<bool> ListenedAsync(TimeSpan pause, CancellationToken cancellationToken)
        {
            if (_subscription is null || _listening.Task.IsCompleted)
            {
                return _subscription is not null;
            }

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
            var port = _instance.Endpoint?.Port ?? _function.Port;
            if ((port is null || listen.Port == port) && OwnCgroup() is { } cgroup && listen.IsWithin(cgroup))
            {
                Interlocked.CompareExchange(ref _listenedAt, listen.Timestamp, 0);
                _listening.TrySetResult();
            }
        }
    }
}
