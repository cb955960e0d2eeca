using Gateway.Activation;
using Gateway.Configuration;

namespace Gateway.Restart;

/// <summary>
/// Tells the service manager how the gateway is: that it serves, that it reads its configuration again, that it ends, and in a line for <c>systemctl status</c> how many functions run.
/// </summary>
internal sealed class ServiceStatus(IServiceProvider services, ConfigurationMonitor monitor, TimeProvider time) : IFunctionObserver, IDisposable
{
    /// <summary>How long what has changed waits for what changes next. Functions may come and go by the thousand.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Functions' own paths wait for it, so nothing is told within.</summary>
    private readonly Lock _gate = new();

    /// <summary>Keeps a line that was made before the end from being told after it.</summary>
    private readonly Lock _telling = new();

    private ITimer? _timer;
    private bool _isDue;
    private bool _isWrong;
    private bool _isEnding;

    /// <summary>Tells that clients are served, and from here on how many functions run.</summary>
    public void Serve()
    {
        if (!ServiceManager.IsThere)
        {
            return;
        }

        lock (_gate)
        {
            _timer = time.CreateTimer(_ => Show(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        monitor.Reloaded += outcome =>
        {
            Volatile.Write(ref _isWrong, outcome is ReloadOutcome.Rejected or ReloadOutcome.Failed);
            Changed();
        };
        ServiceManager.Tell($"READY=1\n{Line()}");
    }

    /// <summary>Tells that the configuration is being read again, which takes until <see cref="EndReading"/>. The manager wants to know when it began, in microseconds of CLOCK_MONOTONIC.</summary>
    public void BeginReading() => ServiceManager.Tell(FormattableString.Invariant($"RELOADING=1\nMONOTONIC_USEC={time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond}"));

    /// <summary>Tells that the configuration was read, and was put in use or not.</summary>
    public void EndReading() => ServiceManager.Tell($"READY=1\n{Line()}");

    /// <summary>Tells that the gateway ends.</summary>
    public void End()
    {
        Dispose();
        lock (_telling)
        {
            _isEnding = true;
            ServiceManager.Tell("STOPPING=1\nSTATUS=Ends when its requests are answered");
        }
    }

    public void OnInstances(Function function) => Changed();

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Changed()
    {
        lock (_gate)
        {
            if (_timer is not null && !_isDue)
            {
                _isDue = true;
                _timer.Change(Pause, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Show()
    {
        lock (_gate)
        {
            _isDue = false;
        }

        lock (_telling)
        {
            if (_isEnding || ServiceManager.TryTell(Line()))
            {
                return;
            }
        }

        // The manager has yet to read what it was told before. The line of then says it all.
        Changed();
    }

    private string Line()
    {
        var all = services.GetRequiredService<FunctionRegistry>().All;
        var wrong = Volatile.Read(ref _isWrong) ? "; a new configuration is not in use, and the log says why" : "";
        return FormattableString.Invariant($"STATUS={all.Count} {(all.Count == 1 ? "function" : "functions")}, {all.Count(static function => function.Running.Count > 0)} running{wrong}");
    }
}
