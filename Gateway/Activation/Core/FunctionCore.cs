using System.Collections.Immutable;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>
/// One function as a value: its demand, its instances, and what has been told of them. <see cref="Handle"/> says what an event makes of it and
/// what is to be done then; it takes no lock, waits for nothing and calls nobody. <see cref="Function"/> is the shell around it.
/// </summary>
/// <remarks>
/// Every event ends in a comparison of what is wanted with what there is, so that a signal during a stop ends in a running function, and any
/// number of signals in one start. An instance at rest is woken before a new one is made.
/// </remarks>
internal sealed record FunctionCore
{
    /// <summary>Longest wait for requests in flight, when it is not said otherwise.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    /// <summary>How long an instance is left alone that could not be brought to rest.</summary>
    public static readonly TimeSpan RestAgain = TimeSpan.FromSeconds(5);

    /// <summary>The options that hold now. An instance may have been made from others.</summary>
    public required FunctionOptions Options { get; init; }

    /// <summary>What its runtime has, the deepest first, <see cref="Tier.Running"/> last.</summary>
    public required IReadOnlyList<Tier> Tiers { get; init; }

    /// <summary>Its instances, the oldest first.</summary>
    public ImmutableArray<InstanceRecord> Instances { get; init; } = [];

    /// <summary>The key of the instance that comes next.</summary>
    public int NextKey { get; init; }

    /// <summary>The number of the admission that comes next.</summary>
    public int NextAdmission { get; init; }

    /// <summary>What asked for a start that could not begin yet.</summary>
    public Signal? Wanted { get; init; }

    /// <summary>How many wait for an instance.</summary>
    public int Waiting { get; init; }

    /// <summary>How long it is left alone after a failure.</summary>
    public BackOff BackOff { get; init; }

    /// <summary>Why the last start failed, in one sentence; empty if none has.</summary>
    public string LastFailure { get; init; } = "";

    /// <summary>What clients may be told of that.</summary>
    public StartFailureCause LastCause { get; init; }

    /// <summary>What was there before has been adopted, so that signals start instances.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether the function is no longer configured, or the gateway ends.</summary>
    public bool IsRetired { get; init; }

    /// <summary>Whether a retired function's instances are stopped; else they are left to the next gateway.</summary>
    public bool StopsRetired { get; init; }

    /// <summary>The instances as observers were told of them the last time.</summary>
    public ImmutableArray<InstanceRecord> ToldInstances { get; init; } = [];

    /// <summary>The options that held then; null: nobody was told yet.</summary>
    public FunctionOptions? ToldOptions { get; init; }

    /// <summary>Whether observers were told that the function is at rest; null: they are to be told (again).</summary>
    public bool? ToldAtRest { get; init; }

    /// <summary>How long starts from nothing take, smoothed; zero before the first.</summary>
    public TimeSpan TypicalStart { get; init; }

    /// <summary>The last decision about where it rests.</summary>
    public RestDecision? Rest { get; init; }

    /// <summary>When the next request is expected, as a timestamp; null: none is.</summary>
    public long? Expected { get; init; }

    /// <summary>Whether a sandbox is to be built ahead once nothing is left of what ran.</summary>
    public bool MakesAhead { get; init; }

    /// <summary>When an instance came to rest the last time, as a timestamp.</summary>
    public long StoppedSince { get; init; }

    /// <summary>Whether the timer is set.</summary>
    public bool HasTimer { get; init; }

    /// <summary>The question to the budget that is not answered yet.</summary>
    public BudgetQuestion? Asking { get; init; }

    /// <summary>A function before anything has happened to it.</summary>
    public static FunctionCore Of(FunctionOptions options, IReadOnlyList<Tier> tiers) =>
        new() { Options = options, Tiers = tiers, MakesAhead = RestsInitialized(options) };

    /// <summary>Whether a function's sandbox is built before its first wake.</summary>
    public static bool RestsInitialized(FunctionOptions options) => options.Idle.Tier == Tier.Initialized;

    /// <summary>Those that take requests, or will.</summary>
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

    /// <summary>One that rests can go on, or there is room for a new one.</summary>
    public bool CanBegin => Instances.Length < Options.Scale.Max || Instances.Any(static instance => instance.Phase is InstancePhase.AtRest);

    /// <summary>Whether an instance takes requests.</summary>
    public bool IsRunning => Instances.Any(IsServing);

    /// <summary>The function's state: that of its most awake instance.</summary>
    public FunctionState State
    {
        get
        {
            if (IsRunning)
            {
                return FunctionState.Running;
            }

            // One that is doubted is awaited like one that starts.
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
                Tier.Initialized => FunctionState.Initialized,
                _ => BackOff.Failed ? FunctionState.Failed : FunctionState.Stopped,
            };
        }
    }

    /// <summary>Whether an instance takes requests.</summary>
    public static bool IsServing(InstanceRecord instance) => instance.Phase is InstancePhase.Running { IsDoubted: false };

    /// <summary>The instance with a key; null when nothing is left of it.</summary>
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

    /// <summary>The time until the expected request; null: none is expected.</summary>
    public TimeSpan? UntilExpected(Moment now) => Expected is { } at ? TimeSpan.FromTicks(Math.Max(0, -now.Since(at).Ticks)) : null;

    /// <summary>Whether the function may go along with what somebody else did to one of its instances.</summary>
    public bool MayFollow(InstanceRecord instance, Tier to) =>
        // Whoever is inside would wait for ever, and whoever waits wants it to run.
        !IsRetired && instance.Phase.MayRest && (to == Tier.Running || (Tiers.Contains(to) && Waiting == 0));

    /// <summary>Says what an event makes of the function and what is to be done then.</summary>
    /// <param name="what">The event. While <see cref="Asking"/> is set it is the answer to that.</param>
    /// <param name="now">When it happens.</param>
    public Step Handle(FunctionEvent what, Moment now) => new Transition(this, now).Take(what);
}
