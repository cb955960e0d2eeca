using System.Globalization;
using Gateway.Configuration;

namespace Gateway.Activation.Scaling;

/// <summary>
/// Decides by how many requests there are at a time, as Knative's autoscaler does: by the average over <c>Scale:Window</c>, or over the shorter
/// <c>Scale:PanicWindow</c> when that is twice of what the instances are meant to have.
/// </summary>
/// <remarks>
/// Three things differ, because here the load is known exactly and at any moment. A function that has just woken is judged by the load of the moment: it has no past.
/// In a panic, too, it gets what the load of the moment is worth, and not step by step. And a request that has waited for a free place for as long as a start takes is worth
/// an instance: who waits for as long as the other way would have taken, and then takes that, needs at most twice the time of somebody who knows the future (Karlin, Manasse,
/// Rudolph and Sleator, Competitive Snoopy Caching, Algorithmica 3, 1988).
/// </remarks>
internal sealed class ConcurrencyScaler : IScaler
{
    /// <summary>How many times of what the instances are meant to have is a panic. Knative's default (<c>panic-threshold-percentage</c>) is the same.</summary>
    public const double PanicThreshold = 2;

    /// <summary>An average has to be this much above what the instances are meant to have before another one starts. A client's next request may be there before its last one is over.</summary>
    public const double Excess = 1.05;

    /// <summary>So much fewer instances may have on average for one to leave. It is less than what another one starts for, so that none comes and goes at the border.</summary>
    public const double Enough = 1.01;

    /// <summary>How many looks there are in a window while an instance may be too many, or too few.</summary>
    private const int Looks = 10;

    /// <summary>A look that is due sooner waits for so long, and so does a start that is quicker.</summary>
    private static readonly TimeSpan s_soonest = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public ScaleDecision Decide(in ScaleLoad load, in ScaleState before)
    {
        var scale = load.Scale;
        if (load.Ready == 0)
        {
            // What has begun to start is not called off.
            var demand = load.Now + load.Expected;
            var first = Math.Max(Math.Max(Instances(demand, scale), load.IsWaking ? scale.Activation : 1), load.Active);
            return new(
                Bounded(first, scale),
                Text($"Requests and new connections that wait for its start: {demand}; an instance is meant to have {scale.PerInstance:0.##}."),
                LookAgain: null,
                default);
        }

        var state = before.KeepUntil is null ? before with { KeepUntil = load.At + scale.Window } : before;
        var (up, reason) = More(load, ref state);
        return up > load.Active ? Answer(up, Limited(reason, up, scale), load, state with { FewerSince = null, FewerNeeded = 0 }) : Fewer(load, state, up, reason);
    }

    /// <summary>Returns how many instances a load is worth.</summary>
    private static int Instances(double load, ScaleOptions scale) => (int)Math.Min(scale.Max, Math.Ceiling(load / scale.PerInstance));

    // What the load needs at least.
    private static (int Wanted, string Reason) More(in ScaleLoad load, ref ScaleState state)
    {
        var scale = load.Scale;
        var wanted = Instances(load.Average / Excess, scale);
        var reason = Text($"{load.Average:0.##} requests at a time on average of Scale:Window; an instance is meant to have {scale.PerInstance:0.##}.");
        if (load.LongestWait >= Start(load) && Instances(load.Now, scale) is var waited && waited > wanted)
        {
            (wanted, reason) = (waited, Text($"A request has waited for a free place for longer than a start takes, and there are {load.Now}; an instance is meant to have {scale.PerInstance:0.##}."));
        }

        if (load.IsWaking && scale.Activation > wanted)
        {
            (wanted, reason) = (scale.Activation, Text($"It has woken from rest, and Scale:Activation is {scale.Activation}."));
        }

        var isOver = load.RecentAverage >= PanicThreshold * scale.PerInstance * load.Ready;
        if (isOver)
        {
            state = state with { PanicUntil = load.At + scale.Window, KeepUntil = load.At + scale.Window };
        }

        if (load.At >= state.PanicUntil)
        {
            state = state with { PanicWanted = 0 };
        }
        else
        {
            var needed = Math.Max(Instances(isOver ? load.Now : load.RecentAverage / Excess, scale), state.PanicWanted);
            if (needed > wanted)
            {
                (wanted, reason) = (needed, Text($"{load.RecentAverage:0.##} requests at a time on average of Scale:PanicWindow were twice what the instances are meant to have, or have been within Scale:Window."));
            }

            state = state with { PanicWanted = Bounded(wanted, scale) };
        }

        return (Bounded(wanted, scale), reason);
    }

    // An instance leaves when fewer have been enough for Scale:DownDelay, and at most half of them at a time, which is Knative's max-scale-down-rate.
    private static ScaleDecision Fewer(in ScaleLoad load, ScaleState state, int up, string reason)
    {
        var scale = load.Scale;
        if (load.Active > scale.Max)
        {
            return Answer(scale.Max, Text($"Scale:Max is {scale.Max}."), load, state);
        }

        var needed = Math.Max(up, Bounded(Instances(Math.Max(load.Average, load.RecentAverage) / Enough, scale), scale));
        if (needed >= load.Active)
        {
            return Answer(load.Active, Limited(reason, load.Active, scale), load, state with { FewerSince = null, FewerNeeded = 0 });
        }

        if (load.At < state.KeepUntil)
        {
            return Answer(load.Active, "None leaves for now: it woke or panicked within Scale:Window, or others have just left.", load, state with { FewerSince = null, FewerNeeded = 0 });
        }

        state = state with { FewerSince = state.FewerSince ?? load.At, FewerNeeded = Math.Max(state.FewerNeeded, needed) };
        if (load.At - state.FewerSince < scale.DownDelay)
        {
            return Answer(load.Active, Text($"{state.FewerNeeded} would be enough, but not for Scale:DownDelay yet."), load, state);
        }

        return Answer(Math.Max(state.FewerNeeded, load.Active / 2), reason, load, state with { KeepUntil = load.At + (scale.Window / Looks), FewerSince = null, FewerNeeded = 0 });
    }

    private static ScaleDecision Answer(int wanted, string reason, in ScaleLoad load, in ScaleState state)
    {
        var (scale, capacity) = (load.Scale, (int)(load.Scale.PerInstance * wanted));
        return new(wanted, reason, LookAgain(load, state), state)
        {
            // Once there is more than they are meant to have, growth by an eighth.
            AskAbove = wanted == scale.Max ? null : load.Now < capacity ? capacity : load.Now + (load.Now / 8),
        };
    }

    // When the answer may change if the load stays: an average grows no sooner than if nothing fell out of its window.
    private static TimeSpan? LookAgain(in ScaleLoad load, in ScaleState state)
    {
        var scale = load.Scale;
        TimeSpan? next = load.Active > Math.Max(1, scale.Min) ? scale.Window / Looks : null;
        if (load.Active < scale.Max && load.Now > 0)
        {
            next = Sooner(next, Until((Excess * scale.PerInstance * load.Active) - load.Average, scale.Window, load));
            next = Sooner(next, Until((PanicThreshold * scale.PerInstance * load.Ready) - load.RecentAverage, scale.PanicWindow, load));
            next = Sooner(next, load.LongestWait is { } wait && wait < Start(load) ? Start(load) - wait : null);
        }

        if (state.FewerSince is { } since)
        {
            next = Sooner(next, since + scale.DownDelay - load.At);
        }

        return next is null || next > s_soonest ? next : s_soonest;
    }

    // The time after which an average has grown by so much; null if the load of the moment cannot bring it there.
    private static TimeSpan? Until(double missing, TimeSpan window, in ScaleLoad load)
    {
        if (missing <= 0 || load.Now <= load.Scale.PerInstance * load.Active)
        {
            return missing <= 0 ? window / Looks : null;
        }

        var time = window * (missing / load.Now);
        var least = window / (Looks * Looks);
        return time > least ? time : least;
    }

    private static TimeSpan Start(in ScaleLoad load) => load.TypicalStart > s_soonest ? load.TypicalStart : s_soonest;

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;

    private static int Bounded(int wanted, ScaleOptions scale) => Math.Clamp(wanted, Math.Max(1, scale.Min), scale.Max);

    private static string Limited(string reason, int wanted, ScaleOptions scale) => wanted == scale.Max ? Text($"{reason} Scale:Max is {scale.Max}.") : reason;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
