using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Activation.Core;

/// <summary>
/// The core of a function and as little as possible around it: what work is done at which instance, which doors are open, how many requests are held
/// and when the timer is due. Effects take place at once. It is a value, so that each of its futures can be explored.
/// </summary>
internal sealed record CoreWorld(FunctionCore Core, long Now)
{
    private const long Second = 1_000;

    /// <summary>The work that is under way, by the instance's key.</summary>
    public ImmutableSortedDictionary<int, FunctionEffect.OfInstance> Works { get; init; } = ImmutableSortedDictionary<int, FunctionEffect.OfInstance>.Empty;
    /// <summary>The keys of the instances whose start or making was called off.</summary>
    public ImmutableSortedSet<int> CalledOff { get; init; } = [];
    /// <summary>The admission of each open door, by the instance's key.</summary>
    public ImmutableSortedDictionary<int, int> Doors { get; init; } = ImmutableSortedDictionary<int, int>.Empty;
    /// <summary>The questions to doubted instances that have not been answered.</summary>
    public ImmutableList<FunctionEffect.AskWhetherItAnswers> Questions { get; init; } = [];

    /// <summary>The number of requests that wait and have not been let go.</summary>
    public int Held { get; init; }

    public long? TimerDue { get; init; }

    public long? TrialDue { get; init; }

    /// <summary>The keys of the instances whose start may leave the budget's line because nobody waits for it.</summary>
    public ImmutableSortedSet<int> Unneeded { get; init; } = [];

    /// <summary>The keys of the instances that a SYN has woken and nothing has confirmed.</summary>
    public ImmutableSortedSet<int> Doubtful { get; init; } = [];

    /// <summary>What observers have been told: the keys of instances that take requests, all instances, and whether the function is at rest.</summary>
    public ImmutableList<int> Running { get; init; } = [];
    public ImmutableArray<InstanceRecord> Shown { get; init; } = [];
    public bool? ToldAtRest { get; init; }

    /// <summary>The present time. Timestamps are in milliseconds here.</summary>
    private Moment Moment => new(Now, Second);

    public Signal Signal(SignalKind kind) => new(kind, Now, Client: null);

    public CoreWorld In(TimeSpan time) => this with { Now = Now + (long)time.TotalMilliseconds };

    /// <summary>Returns the worlds after an event: a single one, or one for each answer that the budget may give. All rules are checked in each.</summary>
    public IEnumerable<CoreWorld> After(FunctionEvent what, Action<FunctionEffect> seen)
    {
        var step = Core.Handle(what, Moment);
        var next = this with
        {
            Core = step.Core,
            Held = what is FunctionEvent.WaitEnded ? Math.Min(Held, step.Core.Waiting) : Held + (what is FunctionEvent.WaitBegan && step.Immediate is null ? 1 : 0),
            Works = what is FunctionEvent.Gone or FunctionEvent.Rested or FunctionEvent.RestFailed or FunctionEvent.MakeFailed or FunctionEvent.StartSucceeded or FunctionEvent.StartFailed or FunctionEvent.GivenUp
                ? Works.Remove(KeyOf(what)) : Works,
            Unneeded = what is FunctionEvent.StartSucceeded or FunctionEvent.StartFailed or FunctionEvent.GivenUp ? Unneeded.Remove(KeyOf(what)) : Unneeded,
            Doubtful = what is FunctionEvent.Proven or FunctionEvent.WaitBegan or FunctionEvent.TrialOver { IsProven: true } or FunctionEvent.Signalled { Signal.IsProven: true } ? [] : Doubtful,
            CalledOff = what is FunctionEvent.GivenUp or FunctionEvent.StartFailed or FunctionEvent.StartSucceeded or FunctionEvent.MakeFailed or FunctionEvent.Rested ? CalledOff.Remove(KeyOf(what)) : CalledOff,
            Questions = what is FunctionEvent.DoubtResolved resolved ? Questions.RemoveAll(question => question.Key == resolved.Key && question.Admission == resolved.Admission) : Questions,
        };
        var asks = false;
        foreach (var effect in step.Effects)
        {
            seen(effect);
            asks |= effect is FunctionEffect.AskBudget;
            next = next.Perform(effect);
        }

        if (!asks)
        {
            next.Check(this, what, step);
            return [next];
        }

        return new[] { true, false }.SelectMany(granted => next.After(new FunctionEvent.BudgetAnswered(granted), seen));
    }

    private static int KeyOf(FunctionEvent what) => what switch
    {
        FunctionEvent.Gone gone => gone.Key,
        FunctionEvent.Rested rested => rested.Key,
        FunctionEvent.RestFailed failed => failed.Key,
        FunctionEvent.MakeFailed failed => failed.Key,
        FunctionEvent.StartSucceeded succeeded => succeeded.Key,
        FunctionEvent.StartFailed failed => failed.Key,
        FunctionEvent.GivenUp given => given.Key,
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    private CoreWorld Perform(FunctionEffect effect)
    {
        switch (effect)
        {
            case FunctionEffect.Start or FunctionEffect.Make or FunctionEffect.Rest or FunctionEffect.End:
                var work = (FunctionEffect.OfInstance)effect;
                Assert.False(Works.ContainsKey(work.Key), $"{effect} beside {Works.GetValueOrDefault(work.Key)}");
                var isDoubtful = work is FunctionEffect.Start { Cold: { IsProven: false } } && Core.Waiting == 0;
                return this with
                {
                    Works = Works.Add(work.Key, work),
                    Doubtful = isDoubtful ? Doubtful.Add(work.Key) : Doubtful.Remove(work.Key),
                };
            case FunctionEffect.GiveUp give:
                return Works.GetValueOrDefault(give.Key) is FunctionEffect.Start { IsBudgeted: false } start && (start.From != Tier.Stopped || Core.Find(give.Key) is { IsMade: false })
                    ? this with { Unneeded = Unneeded.Add(give.Key) }
                    : this;
            case FunctionEffect.CancelStart cancel:
                return this with { CalledOff = CalledOff.Add(cancel.Key) };
            case FunctionEffect.AskWhetherItAnswers ask:
                return this with { Questions = Questions.Add(ask) };
            case FunctionEffect.Publish publish:
                return this with
                {
                    Running = publish.Running ? [.. publish.Core.Instances.Where(FunctionCore.IsServing).Select(instance => instance.Key)] : Running,
                    Shown = publish.Core.Instances,
                    ToldAtRest = publish.AtRest ?? ToldAtRest,
                };
            case FunctionEffect.OpenDoor open:
                return Core.Find(open.Key)?.Phase is InstancePhase.Running { IsDoubted: false } running && running.Admission == open.Admission
                    ? this with { Doors = Doors.SetItem(open.Key, open.Admission) }
                    : this;
            case FunctionEffect.LetGo:
                return this with { Held = 0 };
            case FunctionEffect.SetTimer timer:
                Assert.False(timer.Wait <= TimeSpan.Zero, $"a timer of {timer.Wait}");
                return this with { TimerDue = timer.Wait is { } wait ? Now + (long)Math.Ceiling(wait.TotalMilliseconds) : null };
            case FunctionEffect.SetTrial trial:
                Assert.False(trial.Wait <= TimeSpan.Zero, $"a trial of {trial.Wait}");
                return this with { TrialDue = trial.Wait is { } left ? Now + (long)Math.Ceiling(left.TotalMilliseconds) : null };
            case FunctionEffect.MarkGone gone:
                Assert.False(Works.ContainsKey(gone.Key), "work at what is gone");
                return this with { Doors = Doors.Remove(gone.Key), CalledOff = CalledOff.Remove(gone.Key) };
            default:
                return this;
        }
    }

    // These rules hold after every event.
    private void Check(CoreWorld before, FunctionEvent what, Step step)
    {
        foreach (var instance in Core.Instances)
        {
            var work = Works.GetValueOrDefault(instance.Key);
            Assert.True(
                instance.Phase switch
                {
                    InstancePhase.Making => work is FunctionEffect.Make,
                    InstancePhase.Starting => work is FunctionEffect.Start,
                    InstancePhase.Leaving => work is FunctionEffect.Rest,
                    InstancePhase.Ending => work is FunctionEffect.Rest or FunctionEffect.End,
                    InstancePhase.Running running => work is null && (running.IsDoubted ? Questions.Exists(question => question.Admission == running.Admission) : Doors.GetValueOrDefault(instance.Key, -1) == running.Admission),
                    _ => work is null,
                },
                $"{instance} with {work?.ToString() ?? "nobody"} at it");
        }

        Assert.All(Works.Keys, key => Assert.NotNull(Core.Find(key)));
        if (what is FunctionEvent.StartSucceeded succeeded && Core.Find(succeeded.Key) is { } answers)
        {
            Assert.Equal(Tier.Running, answers.Phase is InstancePhase.Ending { MayStay: false } ? Tier.Running : answers.Phase.Tier);
        }

        Assert.Equal(TimerDue is not null, Core.HasTimer);
        Assert.Equal(TrialDue is not null, Core.Trial is { IsLost: false });
        Assert.False(Core.Trial is not null && Core.Waiting > 0, "who waits is proof enough");
        Assert.False(
            what is FunctionEvent.TrialOver { IsProven: false, IsDoorClosed: true } && before.Core.Trial is { } tried && Core.Find(tried.Key)?.Phase is InstancePhase.Running && Core.Active > Core.Kept,
            "nobody is there, and it runs on");
        Assert.Equal(Core.Instances.Where(FunctionCore.IsServing).Select(instance => instance.Key), Running);
        Assert.True(Core.Instances.IsEmpty || Shown == Core.Instances, "the instances are not shown as they are");
        Assert.Equal(ToldAtRest, Core.ToldAtRest ?? ToldAtRest);
        Assert.True(Core.Waiting >= Held, "those who are held are counted");
        var started = step.Effects.OfType<FunctionEffect.Start>().ToArray();
        Assert.False(Core.IsRetired && started.Length > 0, "a retired function starts nothing");
        Assert.True(
            Core.Instances.Length <= Math.Max(before.Core.Instances.Length, Core.Options.Scale.Max) || what is FunctionEvent.Adopted or FunctionEvent.Found,
            "there is no more than Scale:Max of it");
        Assert.False(
            started.Any(start => start.Cold is { Kind: SignalKind.Syn }) && before.Core.BackOff.Remaining(Moment) > TimeSpan.Zero && before.Core.Waiting == 0 && Core.Waiting == 0
            && what is not (FunctionEvent.Updated or FunctionEvent.Rested or FunctionEvent.Gone or FunctionEvent.Found or FunctionEvent.BudgetAnswered),
            "a handshake does not wake what backs off");
        Assert.False(Core.IsShut && started.Any(start => start.Cold is not null), "what may not run is woken");
        if (Core is { IsOpen: true, IsRetired: false, IsShut: false, Active: 0, CanBegin: true } && Core.BackOff.Remaining(Moment) == TimeSpan.Zero && what is not FunctionEvent.WaitEnded)
        {
            Assert.True(Held == 0 || TimerDue is not null, "somebody waits, and nothing is done about it");
        }
    }

    /// <summary>
    /// Checks that the world comes to a good end if all work ends well and all timers fire: no request is held any more, nothing is left of a retired
    /// function, and enough instances run.
    /// </summary>
    /// <param name="ended">The identities of the worlds that are known to end so, to which this world's way is added.</param>
    /// <param name="variants">The options that the function may have, as for <see cref="Identity"/>.</param>
    public void CheckEnd(HashSet<string> ended, IReadOnlyList<FunctionOptions> variants)
    {
        var world = this;
        List<string> way = [Identity(variants)];
        for (; !ended.Contains(way[^1]) && world.Next() is { } next; way.Add(world.Identity(variants)))
        {
            Assert.True(way.Count < 60, $"It does not come to an end: {next}");
            world = (next switch
            {
                FunctionEvent.TimerFired => world with { Now = Math.Max(world.Now, world.TimerDue!.Value), TimerDue = null },
                FunctionEvent.TrialOver => world with { Now = Math.Max(world.Now, world.TrialDue!.Value), TrialDue = null },
                _ => world,
            }).After(next, static _ => { }).First();
        }

        var isKnown = ended.Contains(way[^1]);
        ended.UnionWith(way);
        if (isKnown)
        {
            return;
        }

        Assert.True(world.Held == 0, "somebody is held for ever");
        Assert.Null(world.Core.Trial);
        Assert.True(world.Core.Active <= world.Core.Kept || !world.Core.Instances.Any(instance => instance.Phase.IsActive && world.Doubtful.Contains(instance.Key)), "what a SYN woke that nobody has confirmed stays awake");
        Assert.True(!world.Core.IsRetired || world.Core.Instances.IsEmpty, "something is left of what was retired");
        Assert.All(world.Core.Instances, instance => Assert.True(instance.Options.RunsLike(world.Core.Options), "another program is left"));
        Assert.True(world.Core.IsRetired || world.Core.Active >= world.Core.Kept, "fewer than Scale:Min run");
        Assert.Equal(world.Core is { IsRetired: false, IsShut: false, Active: 0 }, world.Core.ToldAtRest ?? false);
        Assert.True(!world.Core.IsShut || world.Core.Active == 0, "it runs though it may not");
    }

    /// <summary>Returns the next event on the way to the end, or null if nothing is under way.</summary>
    private FunctionEvent? Next()
    {
        if (!Core.IsOpen && !Core.IsRetired)
        {
            return new FunctionEvent.Opened();
        }

        if (Questions is [var question, ..])
        {
            return new FunctionEvent.DoubtResolved(question.Key, question.Admission, Answers: true);
        }

        return Works.Values.FirstOrDefault() is { } work ? EndOf(work)
            : TrialDue is not null ? new FunctionEvent.TrialOver(IsProven: false, IsDoorClosed: true)
            : TimerDue is not null ? new FunctionEvent.TimerFired()
            : null;
    }

    /// <summary>Returns the event with which work ends that goes well or was called off.</summary>
    public FunctionEvent EndOf(FunctionEffect.OfInstance work) => work switch
    {
        FunctionEffect.Start when CalledOff.Contains(work.Key) => new FunctionEvent.StartFailed(work.Key, Failure: null, StartFailureCause.Failed, Killed: false),
        FunctionEffect.Start when Unneeded.Contains(work.Key) => new FunctionEvent.GivenUp(work.Key),
        FunctionEffect.Start when Core.Find(work.Key) is { IsMade: false } => new FunctionEvent.Made(work.Key),
        FunctionEffect.Start => new FunctionEvent.StartSucceeded(work.Key, TimeSpan.FromMilliseconds(100)),
        FunctionEffect.Make when CalledOff.Contains(work.Key) => new FunctionEvent.MakeFailed(work.Key),
        FunctionEffect.Make => new FunctionEvent.Rested(work.Key, Tier.Initialized, "made"),
        FunctionEffect.Rest { Tier: > Tier.Stopped } rest => new FunctionEvent.Rested(work.Key, rest.Tier, rest.Reason),
        FunctionEffect.Rest rest => new FunctionEvent.Gone(work.Key, rest.Reason),
        FunctionEffect.End end => new FunctionEvent.Gone(work.Key, end.RestReason),
        _ => throw new ArgumentOutOfRangeException(nameof(work)),
    };

    /// <summary>
    /// Returns a text that is the same for worlds with the same futures. It has instances by their order instead of their keys, and times by how far
    /// they are away.
    /// </summary>
    /// <param name="variants">The options that the function may have, which the text names by their index.</param>
    public string Identity(IReadOnlyList<FunctionOptions> variants)
    {
        var text = new StringBuilder(200);
        var core = Core;
        text.Append(CultureInfo.InvariantCulture, $"{VariantOf(core.Options)}{(core.IsOpen ? 'o' : '-')}{(core.IsRetired ? 'r' : '-')}{(core.MakesAhead ? 'a' : '-')}{(core.MissingTier is null ? '-' : 'm')}{core.Hours.Is}{core.Wanted?.Kind}|{core.Waiting},{Held}|");
        text.Append(CultureInfo.InvariantCulture, $"{core.Earliest}{core.IsJoined}{TrialDue - Now},{core.Trial?.IsLost},{(core.Wanted is { IsProven: false } wanted ? Math.Min(3001, Now - wanted.Timestamp) : -1)}|");
        text.Append(CultureInfo.InvariantCulture, $"{core.BackOff.Remaining(Moment).TotalMilliseconds},{core.BackOff.Wait.TotalMilliseconds},{core.BackOff.Failed},{core.BackOff.HasOneMore},{!core.BackOff.TryForgive(out _)}|");
        text.Append(CultureInfo.InvariantCulture, $"{TimerDue - Now},{core.UntilExpected(Moment)?.TotalMilliseconds},{core.ToldAtRest}|");
        foreach (var instance in core.Instances)
        {
            var phase = instance.Phase switch
            {
                InstancePhase.Running running => $"R{running.IsDoubted}",
                InstancePhase.Starting start => $"S{start.From}{start.Cold?.Kind}{start.Cold?.IsProven}{start.ByOthers}",
                var other => other.ToString(),
            };
            var isYoung = instance.RunningSince is { } since && Moment.Since(since) < BackOff.Young;
            text.Append(CultureInfo.InvariantCulture, $"{VariantOf(instance.Options)}{phase}{isYoung}{instance.Exit?.ByOthers}{instance.IsMade}{instance.RestAgainAt - Now}{Works.GetValueOrDefault(instance.Key)?.GetType().Name}{CalledOff.Contains(instance.Key)}{Unneeded.Contains(instance.Key)}{Doubtful.Contains(instance.Key)}{core.Trial?.Key == instance.Key}{core.Trial?.From}{Questions.Exists(question => question.Key == instance.Key)};");
        }

        return text.ToString();

        int VariantOf(FunctionOptions options)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                if (ReferenceEquals(variants[i], options))
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
