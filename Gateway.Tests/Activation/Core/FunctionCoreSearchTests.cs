using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Xunit;

namespace Gateway.Tests.Activation.Core;

/// <summary>Every sequence of events, to a depth: what must hold after each event holds, and from wherever it led, all comes to a good end.</summary>
[SideBySide]
public sealed class FunctionCoreSearchTests
{
    private static readonly IReadOnlyList<Tier> Tiers = [Tier.Stopped, Tier.Initialized, Tier.PagedOut, Tier.Paused, Tier.Running];

    private static readonly FunctionOptions Plain = FunctionBench.Options();

    private static readonly Hours[] s_hours = [Hours.None, new(ScheduleIs.Up, Until: null, "up"), new(ScheduleIs.Down, Until: null, "down")];

    [Theory]
    [InlineData("plain", 5)]
    [InLongRuns("made ahead", 5)]
    [InLongRuns("one always runs", 5)]
    [InLongRuns("by hours", 5)]
    [InlineData("two at most", 5)]
    public void Events_InEveryOrder_KeepTheInvariants(string kind, int depth)
    {
        depth = LongRun.IsOn ? 6 : depth;
        var first = kind switch
        {
            "made ahead" => Plain with { Idle = new IdleOptions { Tier = Tier.Initialized } },
            "one always runs" => Plain with { Scale = new ScaleOptions { Min = 1 } },
            "by hours" => Plain with { Idle = new IdleOptions { Schedule = new([new ScheduleWindow { Zone = TimeZoneInfo.Utc }]) } },
            "two at most" => Plain with { Scale = new ScaleOptions { Max = 2, Concurrency = 1 } },
            _ => Plain,
        };
        FunctionOptions[] variants = [first, first with { Hold = new HoldOptions { MaxRequests = 7 } }, first with { Run = new ProcessRunOptions { Command = ["another"] } }];
        var start = new CoreWorld(FunctionCore.Of(first, new(Tiers)) with { ProveWithin = TimeSpan.FromSeconds(3) }, Now: 1_000_000);
        Dictionary<string, (string? From, string By)> seen = new(StringComparer.Ordinal) { [start.Identity(variants)] = (null, "") };
        HashSet<Type> events = [], effects = [];
        HashSet<string> ended = new(StringComparer.Ordinal);
        List<CoreWorld> layer = [start];
        for (var level = 0; level < depth; level++)
        {
            List<CoreWorld> next = [];
            foreach (var world in layer)
            {
                var from = world.Identity(variants);
                foreach (var (what, at) in EventsOf(world, variants))
                {
                    events.Add(what.GetType());
                    try
                    {
                        foreach (var after in at.After(what, effect => effects.Add(effect.GetType())))
                        {
                            if (seen.TryAdd(after.Identity(variants), (from, Brief(what, variants))))
                            {
                                next.Add(after);
                                after.CheckEnd(ended, variants);
                            }
                        }
                    }
                    catch (Exception wrong) when (wrong is not OutOfMemoryException)
                    {
                        throw new InvalidOperationException($"{wrong.Message}\n{string.Join('\n', Way(seen, from))}\n{Brief(what, variants)}", wrong);
                    }
                }
            }

            layer = next;
        }

        // It has been everywhere, or it would prove little.
        Assert.True(seen.Count > 10_000, $"only {seen.Count} states");
        Type[] elsewhere = kind switch
        {
            "made ahead" => [typeof(FunctionEvent.BudgetAnswered), typeof(FunctionEvent.ScaleDecided), typeof(FunctionEvent.SurplusClosed), typeof(FunctionEffect.LogScaled)],
            "one always runs" => [typeof(FunctionEvent.BudgetAnswered), typeof(FunctionEvent.TiersFound), typeof(FunctionEvent.MakeFailed), typeof(FunctionEffect.Make), typeof(FunctionEvent.ScaleDecided), typeof(FunctionEvent.SurplusClosed), typeof(FunctionEffect.LogScaled), typeof(FunctionEvent.GivenUp), typeof(FunctionEffect.GiveUp)],
            "two at most" => [typeof(FunctionEvent.BudgetAnswered), typeof(FunctionEvent.TiersFound), typeof(FunctionEvent.MakeFailed), typeof(FunctionEffect.Make)],
            _ => [typeof(FunctionEvent.BudgetAnswered), typeof(FunctionEvent.TiersFound), typeof(FunctionEvent.MakeFailed), typeof(FunctionEffect.Make), typeof(FunctionEvent.ScaleDecided), typeof(FunctionEvent.SurplusClosed), typeof(FunctionEffect.LogScaled)],
        };
        Assert.All([.. Kinds<FunctionEvent>(), .. Kinds<FunctionEffect>()], type => Assert.True(events.Contains(type) || effects.Contains(type) || elsewhere.Contains(type) || (type == typeof(FunctionEvent.HoursSet) && kind != "by hours"), $"never came to {type.Name}"));
    }

    private static string Brief(FunctionEvent what, FunctionOptions[] variants) => what switch
    {
        FunctionEvent.Updated updated => $"Updated to variant {Array.IndexOf(variants, updated.Options)}",
        FunctionEvent.Found found => $"Found {found.Tier}, of variant {Array.IndexOf(variants, found.MadeFrom)}",
        _ => what.ToString(),
    };

    private static IEnumerable<Type> Kinds<T>() => typeof(T).GetNestedTypes(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic).Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(T)));

    private static Stack<string> Way(Dictionary<string, (string? From, string By)> seen, string? at)
    {
        Stack<string> way = new();
        for (; at is not null && seen[at].From is { } from; at = from)
        {
            way.Push(seen[at].By);
        }

        return way;
    }

    // All that can happen now, and when.
    private static IEnumerable<(FunctionEvent What, CoreWorld At)> EventsOf(CoreWorld world, FunctionOptions[] variants)
    {
        var core = world.Core;
        foreach (var what in Anytime(world, variants).Concat(core.Instances.SelectMany(instance => OfInstance(world, instance))).Concat(world.Works.Values.SelectMany(work => Ends(world, work))))
        {
            yield return (what, world);
        }

        if (world.TimerDue is { } due)
        {
            yield return (new FunctionEvent.TimerFired(), world with { Now = Math.Max(world.Now, due), TimerDue = null });
        }

        if (world.TrialDue is { } over)
        {
            var then = world with { Now = Math.Max(world.Now, over), TrialDue = null };
            yield return (new FunctionEvent.TrialOver(IsProven: true, IsDoorClosed: false), then);
            yield return (new FunctionEvent.TrialOver(IsProven: false, IsDoorClosed: false), then);
            if (core.Find(core.Trial!.Key) is { Phase: InstancePhase.Running })
            {
                yield return (new FunctionEvent.TrialOver(IsProven: false, IsDoorClosed: true), then);
            }
        }

        if (core.Expected is { } expected)
        {
            yield return (new FunctionEvent.Looked(), world with { Now = Math.Max(world.Now, expected) });
        }

        // A program that has run for a while has proved itself.
        if (core.Instances.Any(instance => instance is { Phase: InstancePhase.Running, RunningSince: { } since } && world.Now - since < 5_000))
        {
            yield return (new FunctionEvent.Reconsidered(), world.In(BackOff.Young));
        }
    }

    private static IEnumerable<FunctionEvent> Anytime(CoreWorld world, FunctionOptions[] variants)
    {
        var core = world.Core;
        yield return new FunctionEvent.Signalled(world.Signal(SignalKind.Syn));
        yield return new FunctionEvent.TrustSet(core.Earliest == SignalKind.Syn ? SignalKind.Established : SignalKind.Syn, core.ProveWithin);
        if (core.IsUnproven)
        {
            yield return new FunctionEvent.Proven();
        }

        if (!core.IsOpen)
        {
            yield return new FunctionEvent.Opened();
            if (core.Instances.Length < 2)
            {
                yield return new FunctionEvent.Adopted(Tier.Running);
                yield return new FunctionEvent.Adopted(Tier.Paused);
            }
        }

        if (core.Waiting < 2)
        {
            yield return new FunctionEvent.WaitBegan(world.Signal(SignalKind.Request), IsRequest: true);
        }

        if (core.Waiting > 0)
        {
            // Whoever was let go, or has given up.
            yield return new FunctionEvent.WaitEnded();
        }

        if (core.IsRetired)
        {
            yield break;
        }

        yield return new FunctionEvent.Retired(Stop: true, TimeSpan.Zero);
        yield return new FunctionEvent.SleepAsked(Tier: null);
        yield return new FunctionEvent.SleepAsked(Tier.Paused);
        if (core.Options.Idle.Tier == Tier.Initialized)
        {
            yield return new FunctionEvent.TiersFound(core.MissingTier is null ? new([Tier.Stopped, Tier.Paused, Tier.Running], "missing") : new(Tiers));
        }

        foreach (var options in variants.Where(options => !ReferenceEquals(options, core.Options)))
        {
            yield return new FunctionEvent.Updated(options, new(Tiers));
        }

        if (core.Options.Idle.Schedule.Count > 0)
        {
            foreach (var hours in s_hours.Where(hours => hours.Is != core.Hours.Is))
            {
                yield return new FunctionEvent.HoursSet(hours);
            }
        }

        if (core.Options.Scale.Max > 1)
        {
            yield return new FunctionEvent.ScaleDecided(2, world.Signal(SignalKind.Request), Before: 1, "the load");
            if (core.Active > 1 && core.Waiting == 0 && core.Instances.LastOrDefault(FunctionCore.IsServing) is { } surplus)
            {
                yield return new FunctionEvent.SurplusClosed(surplus.Key, "too many");
            }
        }

        if (core.Instances.Length <= core.Options.Scale.Max)
        {
            yield return new FunctionEvent.Found(core.Options, Tier.Running);
            yield return new FunctionEvent.Found(variants[2], Tier.Paused);
        }

        if (core.IsOpen && core.Instances.IsEmpty)
        {
            yield return new FunctionEvent.RestDecided(Key: null, new RestDecision(Tier.Stopped, "expected", WakeIn: TimeSpan.FromMinutes(1)), IsDoorClosed: false);
        }
    }

    private static IEnumerable<FunctionEvent> OfInstance(CoreWorld world, InstanceRecord instance)
    {
        if (instance is { IsMade: true, Exit: null })
        {
            yield return new FunctionEvent.Exited(instance.Key, new InstanceExit(1, "it crashed"));
            yield return new FunctionEvent.Exited(instance.Key, new InstanceExit(137, "killed"));
        }

        if (instance.Phase is InstancePhase.Running { IsDoubted: false })
        {
            yield return new FunctionEvent.Doubted(instance.Key, "refused");
            yield return new FunctionEvent.RestDecided(instance.Key, new RestDecision(Tier.PagedOut, "idle", WakeIn: TimeSpan.FromMinutes(1)), IsDoorClosed: true);
            yield return new FunctionEvent.RestDecided(instance.Key, new RestDecision(Tier.Stopped, "idle"), IsDoorClosed: false);
            yield return new FunctionEvent.Moved(instance.Key, Tier.Paused, IsDoorClosed: true);
            yield return new FunctionEvent.Moved(instance.Key, Tier.Paused, IsDoorClosed: false);
        }
        else if (instance.Phase is InstancePhase.AtRest)
        {
            yield return new FunctionEvent.RestDecided(instance.Key, new RestDecision(Tier.Stopped, "idle"), IsDoorClosed: false);
            yield return new FunctionEvent.Moved(instance.Key, Tier.Running, IsDoorClosed: false);
        }

        foreach (var question in world.Questions.Where(question => question.Key == instance.Key))
        {
            yield return new FunctionEvent.DoubtResolved(question.Key, question.Admission, Answers: true);
            yield return new FunctionEvent.DoubtResolved(question.Key, question.Admission, Answers: false);
        }
    }

    private static IEnumerable<FunctionEvent> Ends(CoreWorld world, FunctionEffect.OfInstance work)
    {
        yield return world.EndOf(work);
        switch (work)
        {
            case FunctionEffect.Start:
                if (world.Unneeded.Contains(work.Key))
                {
                    yield return new FunctionEvent.GivenUp(work.Key);
                }

                yield return new FunctionEvent.StartFailed(work.Key, "it fails", StartFailureCause.Failed, Killed: false);
                yield return new FunctionEvent.StartFailed(work.Key, "it was killed", StartFailureCause.Failed, Killed: true);
                break;
            case FunctionEffect.Make:
                yield return new FunctionEvent.MakeFailed(work.Key);
                break;
            case FunctionEffect.Rest { Stop: true } rest:
                yield return new FunctionEvent.RestFailed(work.Key, rest.Reason);
                break;
        }
    }
}
