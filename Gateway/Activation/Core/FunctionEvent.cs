using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>Something that has happened to a function, or is asked of it. The nested types are all the events that there are.</summary>
internal abstract record FunctionEvent
{
    private FunctionEvent()
    {
    }

    /// <summary>The instances that were there before the gateway have been adopted, so signals start instances from here on.</summary>
    internal sealed record Opened : FunctionEvent;

    /// <summary>A signal came, and no caller waits for the result.</summary>
    /// <param name="Signal">The signal.</param>
    /// <param name="Refused">What becomes of it because of where it comes from, or null if its source may wake the function.</param>
    /// <param name="RearmIn">The time after which the kernel may be armed again if it is refused.</param>
    internal sealed record Signalled(Signal Signal, SignalOutcome? Refused = null, TimeSpan RearmIn = default) : FunctionEvent;

    /// <summary>A client's connection that may be for the function was accepted.</summary>
    internal sealed record Proven : FunctionEvent;

    /// <summary>The timer of <see cref="FunctionEffect.SetTrial"/> has fired.</summary>
    /// <param name="IsProven">Whether a connection or a request is known that the core has not been told of.</param>
    /// <param name="IsDoorClosed">Whether the instance is unused and its door is closed, so that it can rest.</param>
    internal sealed record TrialOver(bool IsProven, bool IsDoorClosed) : FunctionEvent;

    /// <summary>It was decided anew which signals are trusted.</summary>
    /// <param name="Earliest">The earliest kind of signal that may wake the function.</param>
    /// <param name="ProveWithin">The time within which a connection has to follow a SYN that woke the function, or null if none has to.</param>
    internal sealed record TrustSet(SignalKind Earliest, TimeSpan? ProveWithin) : FunctionEvent;

    /// <summary>The function's schedule says something else from now on, or once more.</summary>
    internal sealed record HoursSet(Hours Hours) : FunctionEvent;

    /// <summary>A caller waits for an instance from now on, unless it can be answered at once.</summary>
    /// <param name="Signal">The signal that the caller brings.</param>
    /// <param name="IsRequest">Whether the caller is a request, whose time the cold start under way notes.</param>
    /// <param name="NeedsPlace">Whether the caller waits even if an instance runs, because it needs a free place there.</param>
    internal sealed record WaitBegan(Signal Signal, bool IsRequest, bool NeedsPlace = false) : FunctionEvent;

    /// <summary>A caller no longer waits.</summary>
    internal sealed record WaitEnded : FunctionEvent;

    /// <summary>The budget has answered <see cref="FunctionEffect.AskBudget"/>.</summary>
    /// <param name="IsGranted">Whether there is a start.</param>
    /// <param name="RearmIn">The time after which the kernel may be armed again if there is none.</param>
    internal sealed record BudgetAnswered(bool IsGranted, TimeSpan RearmIn = default) : FunctionEvent;

    /// <summary>The scaler has decided how many instances the load is worth, which is more than there are or another number than before.</summary>
    /// <param name="Wanted">The number.</param>
    /// <param name="Signal">The signal for which it was asked.</param>
    /// <param name="Before">The number that it decided for before.</param>
    /// <param name="Reason">Why.</param>
    internal sealed record ScaleDecided(int Wanted, Signal Signal, int Before, string Reason) : FunctionEvent;

    /// <summary>An instance that the load is not worth is unused, and its door is closed.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Reason">Why it is not needed.</param>
    internal sealed record SurplusClosed(int Key, string Reason) : FunctionEvent;

    /// <summary>The runtime has made the instance.</summary>
    internal sealed record Made(int Key) : FunctionEvent;

    /// <summary>A started instance answers.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Took">The time from the call of the runtime to the answer.</param>
    internal sealed record StartSucceeded(int Key, TimeSpan Took) : FunctionEvent;

    /// <summary>A start ended without success.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Failure">The reason, or null if the start was canceled.</param>
    /// <param name="Cause">What clients may be told of it.</param>
    /// <param name="Killed">Whether somebody else ended the program while it started.</param>
    /// <param name="IsUntouched">Whether another function is to blame, so that nothing was done with the instance.</param>
    internal sealed record StartFailed(int Key, string? Failure, StartFailureCause Cause, bool Killed, bool IsUntouched = false) : FunctionEvent;

    /// <summary>A start that waited for its turn was given up before it began (<see cref="FunctionEffect.GiveUp"/>).</summary>
    internal sealed record GivenUp(int Key) : FunctionEvent;

    /// <summary>The timer of <see cref="FunctionEffect.SetTimer"/> has fired.</summary>
    internal sealed record TimerFired : FunctionEvent;

    /// <summary>A running instance did not accept a request's connection.</summary>
    internal sealed record Doubted(int Key, string Reason) : FunctionEvent;

    /// <summary>It is known whether a doubted instance answers again.</summary>
    internal sealed record DoubtResolved(int Key, int Admission, bool Answers) : FunctionEvent;

    /// <summary>An instance's program has ended by itself.</summary>
    internal sealed record Exited(int Key, InstanceExit Exit) : FunctionEvent;

    /// <summary>Every instance in a less deep tier is asked to rest in this one.</summary>
    /// <param name="Tier">The tier, or null for the one in the configuration.</param>
    /// <param name="Reason">The reason, for the log and the API.</param>
    internal sealed record SleepAsked(Tier? Tier, string Reason = RestReasons.Asked) : FunctionEvent;

    /// <summary>Time has passed, so that an expected start may be due.</summary>
    internal sealed record Looked : FunctionEvent;

    /// <summary>The rest policy has decided.</summary>
    /// <param name="Key">The instance that the decision is about, or null if it is about the function because no instance is left.</param>
    /// <param name="Decision">The tier in which to rest, and what else was decided.</param>
    /// <param name="IsDoorClosed">Whether the instance is unused and its door is closed, so that it can rest.</param>
    internal sealed record RestDecided(int? Key, RestDecision Decision, bool IsDoorClosed) : FunctionEvent;

    /// <summary>An instance has come to rest in a tier above <see cref="Tier.Stopped"/>.</summary>
    internal sealed record Rested(int Key, Tier Tier, string Reason) : FunctionEvent;

    /// <summary>The runtime could not bring an instance to rest, or end it.</summary>
    internal sealed record RestFailed(int Key, string Reason) : FunctionEvent;

    /// <summary>A sandbox could not be built ahead.</summary>
    internal sealed record MakeFailed(int Key) : FunctionEvent;

    /// <summary>Nothing is left of an instance.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="RestReason">The reason for which it was brought to rest in <see cref="Tier.Stopped"/>, or null if it ended by itself or its start failed.</param>
    internal sealed record Gone(int Key, string? RestReason) : FunctionEvent;

    /// <summary>A reload gave the function other options.</summary>
    internal sealed record Updated(FunctionOptions Options, FunctionTiers Tiers) : FunctionEvent;

    /// <summary>Tells that the function has these tiers, which the runtime has found out.</summary>
    internal sealed record TiersFound(FunctionTiers Tiers) : FunctionEvent;

    /// <summary>The function is no longer configured, or the gateway ends.</summary>
    /// <param name="Stop">Whether its instances are stopped. False leaves them to the next gateway.</param>
    /// <param name="Drain">The longest wait for requests in flight.</param>
    internal sealed record Retired(bool Stop, TimeSpan Drain) : FunctionEvent;

    /// <summary>The function takes over an instance that an earlier gateway left.</summary>
    internal sealed record Adopted(Tier Tier) : FunctionEvent;

    /// <summary>The runtime found an instance that somebody else has started.</summary>
    internal sealed record Found(FunctionOptions MadeFrom, Tier Tier) : FunctionEvent;

    /// <summary>Somebody else has brought an instance to another tier.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Tier">The tier in which it is now.</param>
    /// <param name="IsDoorClosed">Whether the instance is unused and its door is closed.</param>
    internal sealed record Moved(int Key, Tier Tier, bool IsDoorClosed) : FunctionEvent;

    /// <summary>
    /// A fact has changed that decides where the function rests: the last open client connection that had used it has closed or went on to another function, or an ignored request
    /// that kept an instance from its rest has ended.
    /// </summary>
    internal sealed record Reconsidered : FunctionEvent;
}
