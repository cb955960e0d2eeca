using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>All that is known of one function's wakes, clients and uses. Used under <see cref="Gate"/>.</summary>
internal sealed class FunctionRecord(string name)
{
    private readonly WakeTimes?[] _wakes = new WakeTimes?[(int)Tier.Running];
    private FunctionOptions? _options;
    private long _lastUse;

    public string Name => name;

    public Lock Gate { get; } = new();

    /// <summary>The program that was measured (<see cref="ProgramFingerprint.OfWake"/>). The measurements say nothing of another one.</summary>
    public string Program { get; private set; } = "";

    /// <summary>What the configuration cannot tell of the program: the build that was measured (<see cref="Runtimes.IInstance.Build"/>).</summary>
    public string Build { get; private set; } = "";

    public SignalKind WakeOn { get; private set; }

    public ClientWindows Windows { get; private set; } = new();

    public GapHistogram Gaps { get; } = new();

    public ProbePlan Probes { get; private set; } = new();

    /// <summary>When the policy has it woken with nobody waiting, by <see cref="TimeProvider.GetTimestamp"/>; 0: not.</summary>
    public long WakeDue { get; set; }

    /// <summary>Whether the function was woken with nobody waiting and has not been used since.</summary>
    public bool IsUnused { get; private set; }

    /// <summary>Whether client connections were open when the policy was last asked about the function.</summary>
    public bool WasConnected { get; set; }

    /// <summary>Whether memory is short and it is this function's turn to rest deeper.</summary>
    public bool IsPressed { get; set; }

    /// <summary>What was logged last: the tier and why.</summary>
    public (Tier Tier, RestCause Cause)? Told { get; set; }

    /// <summary>Forgets what is not true any more of a function with these options.</summary>
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

    /// <summary>Its instances are of this build now; wakes of another one tell nothing about it.</summary>
    public void MatchBuild(string build)
    {
        if (build != Build)
        {
            ForgetWakes();
            Build = build;
        }
    }

    public WakeTimes? Wakes(Tier tier) => tier == Tier.Running ? null : _wakes[(int)tier];

    public void AddWake(Tier from, TimeSpan ready, long now, DateTimeOffset wallClock)
    {
        if (from == Tier.Running)
        {
            return;
        }

        (_wakes[(int)from] ??= new WakeTimes()).Add(ready, wallClock);
        // By then the wake itself has taken its time, and a timer may be a few milliseconds early.
        IsUnused = WakeDue != 0 && now >= WakeDue;
        WakeDue = 0;
        Probes.Woken();
    }

    /// <returns>Returns false if the window tells nothing of handshakes and was left out.</returns>
    public bool AddWindow(SignalKind signal, TimeSpan window)
    {
        // A request on a connection that was open already had no handshake; open connections are a rule of their own.
        if (signal == SignalKind.Request && WasConnected)
        {
            return false;
        }

        Windows.Add(signal, window);
        return true;
    }

    /// <param name="timestamp">By <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="time">Whose.</param>
    public void AddUse(long timestamp, TimeProvider time)
    {
        if (_lastUse != 0)
        {
            Gaps.Add(time.GetElapsedTime(_lastUse, timestamp));
        }

        _lastUse = timestamp;
        IsUnused = false;
    }

    /// <summary>Time since the last use; null when there was none since the gateway began.</summary>
    public TimeSpan? SinceUse(long now, TimeProvider time) => _lastUse == 0 ? null : time.GetElapsedTime(_lastUse, now);

    internal void Restore(string program, string build, SignalKind wakeOn, IEnumerable<(Tier Tier, WakeTimes Wakes)> wakes, ClientWindows windows)
    {
        (Program, Build, WakeOn, Windows) = (program, build, wakeOn, windows);
        foreach (var (tier, its) in wakes)
        {
            _wakes[(int)tier] = its;
        }
    }

    private void ForgetWakes()
    {
        Array.Clear(_wakes);
        Probes = new ProbePlan();
    }
}
