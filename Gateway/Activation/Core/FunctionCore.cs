using System.Collections.Immutable;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>
/// Represents one function as a value: its demand, its instances, and what observers have been told of them. <see cref="Handle"/> says how an
/// event changes the function and what has to be done then; it takes no lock, never waits and calls nothing outside. <see cref="Function"/> is the shell around it.
/// </summary>
/// <remarks>
/// Every event ends in a comparison of what is wanted with what there is. So a signal during a stop ends in a running function, and any
/// number of signals leads to one start. An instance at rest is woken before a new one is made.
/// </remarks>
internal sealed record FunctionCore
{
    /// <summary>The longest wait for requests in flight, unless the caller specifies another one.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    /// <summary>The time for which an instance that could not be brought to rest is left alone.</summary>
    public static readonly TimeSpan RestAgain = TimeSpan.FromSeconds(5);

    /// <summary>Gets the options that are in effect. An instance may have been made from others.</summary>
    public required FunctionOptions Options { get; init; }

    /// <summary>Gets the tiers that the function's instances can be in, from the deepest to <see cref="Tier.Running"/>.</summary>
    public required IReadOnlyList<Tier> Tiers { get; init; }

    /// <summary>Gets why the function lacks a tier of its runtime that it has a use for, or null if it lacks none.</summary>
    public string? MissingTier { get; init; }

    /// <summary>Gets the instances, the oldest first.</summary>
    public ImmutableArray<InstanceRecord> Instances { get; init; } = [];

    /// <summary>Gets the key of the next instance.</summary>
    public int NextKey { get; init; }

    /// <summary>Gets the number of the next admission.</summary>
    public int NextAdmission { get; init; }

    /// <summary>Gets the signal that asked for a start that could not begin yet.</summary>
    public Signal? Wanted { get; init; }

    /// <summary>Gets the number of callers that wait for an instance.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets the back-off, which says how long the function is left alone after a failure.</summary>
    public BackOff BackOff { get; init; }

    /// <summary>Gets the reason of the last failed start in one sentence, or an empty string if no start has failed.</summary>
    public string LastFailure { get; init; } = "";

    /// <summary>Gets what clients may be told of the last failure.</summary>
    public StartFailureCause LastCause { get; init; }

    /// <summary>Gets whether the instances that were there before have been adopted, so that signals start instances.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Gets whether the function is no longer configured, or the gateway ends.</summary>
    public bool IsRetired { get; init; }

    /// <summary>Gets whether the instances of a retired function are stopped. Otherwise they are left to the next gateway.</summary>
    public bool StopsRetired { get; init; }

    /// <summary>Gets the instances as observers were last told of them.</summary>
    public ImmutableArray<InstanceRecord> ToldInstances { get; init; } = [];

    /// <summary>Gets the options that were in effect then, or null if observers have not been told anything yet.</summary>
    public FunctionOptions? ToldOptions { get; init; }

    /// <summary>Gets whether observers were told that the function is at rest, or null if they have yet to be told (again).</summary>
    public bool? ToldAtRest { get; init; }

    /// <summary>Gets the smoothed duration of starts from nothing, which is zero before the first one.</summary>
    public TimeSpan TypicalStart { get; init; }

    /// <summary>Gets the last decision about where the function rests.</summary>
    public RestDecision? Rest { get; init; }

    /// <summary>Gets the timestamp at which the next request is expected, or null if none is.</summary>
    public long? Expected { get; init; }

    /// <summary>Gets whether a sandbox is to be built ahead once no instance is left.</summary>
    public bool MakesAhead { get; init; }

    /// <summary>Gets the timestamp at which an instance last came to rest.</summary>
    public long StoppedSince { get; init; }

    /// <summary>Gets whether the timer is set.</summary>
    public bool HasTimer { get; init; }

    /// <summary>Gets the question that the budget has not answered yet.</summary>
    public BudgetQuestion? Asking { get; init; }

    /// <summary>Gets the wake under way that no connection has confirmed, or null if there is none.</summary>
    public Trial? Trial { get; init; }

    /// <summary>Gets the time within which a connection has to follow a SYN that woke the function, or null if none has to.</summary>
    public TimeSpan? ProveWithin { get; init; }

    /// <summary>Gets the earliest kind of signal that is trusted for now. The configuration may want a later one (<c>WakeOn</c>).</summary>
    public SignalKind Earliest { get; init; }

    /// <summary>Gets what the function's schedule says now.</summary>
    public Hours Hours { get; init; } = Hours.None;

    /// <summary>Gets whether the function may not run now.</summary>
    public bool IsShut => Hours.Is == ScheduleIs.Down;

    /// <summary>Gets the number of instances that run now whether anybody asks for them or not.</summary>
    public int Kept => IsShut || Options.IsJob ? 0 : Hours.Is == ScheduleIs.Up ? Math.Max(1, Options.Scale.Min) : Options.Scale.Min;

    /// <summary>Gets whether a proven handshake has joined the start under way, so that it goes on when no request waits for it any more.</summary>
    public bool IsJoined { get; init; }

    /// <summary>Creates a function to which nothing has happened yet.</summary>
    public static FunctionCore Of(FunctionOptions options, FunctionTiers tiers)
    {
        var core = new FunctionCore { Options = options, Tiers = tiers.All, MissingTier = tiers.Missing };
        return core with { MakesAhead = core.RestsInitialized };
    }

    /// <summary>Gets whether the function's sandbox is built before its first wake.</summary>
    public bool RestsInitialized => Options.Idle.Tier == Tier.Initialized && Tiers.Contains(Tier.Initialized);

    /// <summary>Gets the number of instances that take requests, or will take some.</summary>
    public int Active
    {
        get
        {
            var active = 0;
            foreach (var instance in Instances)
            {
                active += instance.Phase.IsActive ? 1 : 0;
            }

            return active;
        }
    }

    /// <summary>
    /// Gets whether a start can begin: there is an instance at rest, or room for a new one. For one whose memory is being pushed out, and which can be woken in a moment,
    /// no other one is started.
    /// </summary>
    public bool CanBegin => Instances.Any(static instance => instance.Phase is InstancePhase.AtRest)
        || (Instances.Length < Options.Scale.Max && (Active > 0 || !Instances.Any(static instance => instance.Phase is InstancePhase.Leaving { To: Tier.PagedOut })));

    /// <summary>Gets whether an instance takes requests.</summary>
    public bool IsRunning => Instances.Any(IsServing);

    /// <summary>Gets whether a SYN has woken the function, or is going to, and a connection has yet to prove that somebody is there.</summary>
    public bool IsUnproven => Trial is not null || Wanted is { IsProven: false };

    /// <summary>Gets the state of the function, which is that of its most awake instance.</summary>
    public FunctionState State
    {
        get
        {
            if (IsRunning)
            {
                return FunctionState.Running;
            }

            // The function waits for a doubted instance as it does for one that starts.
            if (Active > 0)
            {
                return FunctionState.Starting;
            }

            if (Instances.Any(static instance => instance.Phase.Shown == InstanceState.Draining))
            {
                return FunctionState.Draining;
            }

            return Instances.Max(static instance => (Tier?)instance.Phase.Tier) switch
            {
                Tier.Paused => FunctionState.Paused,
                Tier.PagedOut => FunctionState.PagedOut,
                Tier.Initialized => FunctionState.Initialized,
                _ => BackOff.Failed ? FunctionState.Failed : FunctionState.Stopped,
            };
        }
    }

    /// <summary>
    /// Gets how awake the programs of the function are: <see cref="Tier.Running"/> also for one that starts, and <see cref="Tier.Stopped"/> if there is none.
    /// </summary>
    public Tier Awake
    {
        get
        {
            var awake = Tier.Stopped;
            foreach (var instance in Instances)
            {
                var tier = instance.Phase is InstancePhase.Starting ? Tier.Running : instance.Phase.Tier;
                awake = tier > Tier.Initialized && tier > awake ? tier : awake;
            }

            return awake;
        }
    }

    /// <summary>Returns true if the instance takes requests.</summary>
    public static bool IsServing(InstanceRecord instance) => instance.Phase is InstancePhase.Running { IsDoubted: false };

    /// <summary>Returns the instance with a key, or null if nothing is left of it.</summary>
    public InstanceRecord? Find(int key)
    {
        foreach (var instance in Instances)
        {
            if (instance.Key == key)
            {
                return instance;
            }
        }

        return null;
    }

    /// <summary>Returns the time until the expected request, or null if none is expected.</summary>
    public TimeSpan? UntilExpected(Moment now) => Expected is { } at ? TimeSpan.FromTicks(Math.Max(0, -now.Since(at).Ticks)) : null;

    /// <summary>Returns true if the function may accept that somebody else moved one of its instances to a tier.</summary>
    public bool MayFollow(InstanceRecord instance, Tier to) =>
        // A request inside would never be answered, and a waiting request needs a running instance.
        !IsRetired && instance.Phase.MayRest && (to == Tier.Running || (Tiers.Contains(to) && Waiting == 0));

    /// <summary>Returns the function after an event, and what has to be done then.</summary>
    /// <param name="what">The event. While <see cref="Asking"/> is set, it is the answer to that question.</param>
    /// <param name="now">The time of the event.</param>
    public Step Handle(FunctionEvent what, Moment now) => new Transition(this, now).Take(what);
}
