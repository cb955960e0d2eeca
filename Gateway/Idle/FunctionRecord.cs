using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Everything that is known about one function's wakes, clients and uses. It is used under <see cref="Gate"/>.</summary>
internal sealed class FunctionRecord(string name)
{
    private readonly WakeTimes?[] _wakes = new WakeTimes?[(int)Tier.Running];
    private FunctionOptions? _options;
    private long _lastUse;

    /// <summary>The function's name.</summary>
    public string Name => name;

    /// <summary>The lock that every user of the record takes.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The program that was measured (<see cref="ProgramFingerprint.OfWake"/>). The measurements say nothing about another one.</summary>
    public string Program { get; private set; } = "";

    /// <summary>The build of the program that was measured (<see cref="Runtimes.IInstance.Build"/>), which the configuration does not say.</summary>
    public string Build { get; private set; } = "";

    /// <summary>The signal that the windows were measured with.</summary>
    public SignalKind WakeOn { get; private set; }

    /// <summary>How much time clients give.</summary>
    public ClientWindows Windows { get; private set; } = new();

    /// <summary>The times between uses.</summary>
    public GapHistogram Gaps { get; } = new();

    /// <summary>When the function may be probed.</summary>
    public ProbePlan Probes { get; private set; } = new();

    /// <summary>When the policy will have the function woken with nobody waiting, by <see cref="TimeProvider.GetTimestamp"/>; 0 if it will not.</summary>
    public long WakeDue { get; set; }

    /// <summary>Whether the function was woken with nobody waiting and has not been used since.</summary>
    public bool IsUnused { get; private set; }

    /// <summary>Whether client connections were open when the policy was last asked about the function.</summary>
    public bool WasConnected { get; set; }

    /// <summary>Whether memory is short and this function was chosen to rest deeper.</summary>
    public bool MustFreeMemory { get; set; }

    /// <summary>The decision that was reported last.</summary>
    public (Tier Tier, RestCause Cause)? LastReported { get; set; }

    /// <summary>Forgets what does not apply to a function with these options.</summary>
    public void Match(FunctionOptions options)
    {
        if (ReferenceEquals(options, _options))
        {
            return;
        }

        _options = options;
        var program = ProgramFingerprint.OfWake(options);
        if (program != Program)
        {
            ForgetWakes();
            Program = program;
        }

        if (options.WakeOn != WakeOn)
        {
            Windows = new ClientWindows();
            WakeOn = options.WakeOn;
        }
    }

    /// <summary>Forgets the wakes of another build than the one that the function's instances are of now.</summary>
    public void MatchBuild(string build)
    {
        if (build != Build)
        {
            ForgetWakes();
            Build = build;
        }
    }

    /// <summary>Returns the measured wakes from a tier; null if there are none.</summary>
    public WakeTimes? Wakes(Tier tier) => tier == Tier.Running ? null : _wakes[(int)tier];

    /// <summary>Adds a measured wake.</summary>
    public void AddWake(Tier from, TimeSpan ready, long now, DateTimeOffset wallClock)
    {
        if (from == Tier.Running)
        {
            return;
        }

        (_wakes[(int)from] ??= new WakeTimes()).Add(ready, wallClock);
        // A wake takes some time, so even one whose timer fired a few milliseconds early ends after it was due.
        IsUnused = WakeDue != 0 && now >= WakeDue;
        WakeDue = 0;
        Probes.Woken();
    }

    /// <summary>Adds a measured window.</summary>
    /// <returns>Returns false if the window was left out because no handshake was part of it.</returns>
    public bool AddWindow(SignalKind signal, TimeSpan window)
    {
        // A request on a connection that was open already had no handshake. Open connections have a rule of their own.
        if (signal == SignalKind.Request && WasConnected)
        {
            return false;
        }

        Windows.Add(signal, window);
        return true;
    }

    /// <summary>Adds a use.</summary>
    /// <param name="timestamp">When it was, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="time">The clock.</param>
    public void AddUse(long timestamp, TimeProvider time)
    {
        if (_lastUse != 0)
        {
            Gaps.Add(time.GetElapsedTime(_lastUse, timestamp));
        }

        _lastUse = timestamp;
        IsUnused = false;
    }

    /// <summary>Returns the time since the last use; null if there was none since the gateway started.</summary>
    public TimeSpan? SinceUse(long now, TimeProvider time) => _lastUse == 0 ? null : time.GetElapsedTime(_lastUse, now);

    /// <summary>Sets what a gateway before this one learned.</summary>
    internal void Restore(string program, string build, SignalKind wakeOn, IEnumerable<(Tier Tier, WakeTimes Wakes)> wakes, ClientWindows windows)
    {
        (Program, Build, WakeOn, Windows) = (program, build, wakeOn, windows);
        foreach (var (tier, times) in wakes)
        {
            _wakes[(int)tier] = times;
        }
    }

    private void ForgetWakes()
    {
        Array.Clear(_wakes);
        Probes = new ProbePlan();
    }
}
