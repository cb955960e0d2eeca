using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>Something that has happened to a function or is asked of it. There are these and no others.</summary>
internal abstract record FunctionEvent
{
    private FunctionEvent()
    {
    }

    /// <summary>What was there before the gateway has been adopted: from here on signals start instances.</summary>
    internal sealed record Opened : FunctionEvent;

    /// <summary>A signal came, and nobody waits for an answer.</summary>
    internal sealed record Signalled(Signal Signal) : FunctionEvent;

    /// <summary>Somebody waits for an instance from now on, unless the answer is there at once.</summary>
    /// <param name="Signal">What told of him.</param>
    /// <param name="IsRequest">A cold start under way is timed by it.</param>
    internal sealed record WaitBegan(Signal Signal, bool IsRequest) : FunctionEvent;

    /// <summary>Somebody does not wait any more.</summary>
    internal sealed record WaitEnded : FunctionEvent;

    /// <summary>The answer to <see cref="FunctionEffect.AskBudget"/>.</summary>
    internal sealed record BudgetAnswered(bool IsGranted) : FunctionEvent;

    /// <summary>The load is worth so many instances.</summary>
    internal sealed record ScaleDecided(int Wanted, Signal Signal) : FunctionEvent;

    /// <summary>The runtime has made the instance.</summary>
    internal sealed record Made(int Key) : FunctionEvent;

    /// <summary>A started instance answers.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Took">From the runtime's call to the answer.</param>
    internal sealed record StartSucceeded(int Key, TimeSpan Took) : FunctionEvent;

    /// <summary>A start ended without success.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Failure">Null when the start was called off.</param>
    /// <param name="Cause">What clients may be told of it.</param>
    /// <param name="Killed">Somebody else ended the program while it started.</param>
    internal sealed record StartFailed(int Key, string? Failure, StartFailureCause Cause, bool Killed) : FunctionEvent;

    /// <summary>The timer of <see cref="FunctionEffect.SetTimer"/> has fired.</summary>
    internal sealed record TimerFired : FunctionEvent;

    /// <summary>A request found nobody at a running instance's address.</summary>
    internal sealed record Doubted(int Key, string Reason) : FunctionEvent;

    /// <summary>It was found out whether a doubted instance answers again.</summary>
    internal sealed record DoubtResolved(int Key, int Admission, bool Answers) : FunctionEvent;

    /// <summary>An instance's program has ended by itself.</summary>
    internal sealed record Exited(int Key, InstanceExit Exit) : FunctionEvent;

    /// <summary>Every instance that is less deep is to come to rest in a tier; null is what the configuration says.</summary>
    internal sealed record SleepAsked(Tier? Tier) : FunctionEvent;

    /// <summary>Time has passed: a start that was expected is due.</summary>
    internal sealed record Looked : FunctionEvent;

    /// <summary>The policy has decided.</summary>
    /// <param name="Key">The instance that it has decided about; null: the function, of which nothing runs or rests.</param>
    /// <param name="Decision">Where to rest.</param>
    /// <param name="IsDoorClosed">Nobody uses the instance and nobody gets in any more, so that it can rest.</param>
    internal sealed record RestDecided(int? Key, RestDecision Decision, bool IsDoorClosed) : FunctionEvent;

    /// <summary>An instance has come to rest in a tier above <see cref="Tier.Stopped"/>.</summary>
    internal sealed record Rested(int Key, Tier Tier, string Reason) : FunctionEvent;

    /// <summary>The runtime could not bring an instance to rest, or end it.</summary>
    internal sealed record RestFailed(int Key, string Reason) : FunctionEvent;

    /// <summary>A sandbox could not be built ahead.</summary>
    internal sealed record MakeFailed(int Key) : FunctionEvent;

    /// <summary>Nothing is left of an instance.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="RestReason">Why it was brought to rest in <see cref="Tier.Stopped"/>; null: it ended by itself, or its start failed.</param>
    internal sealed record Gone(int Key, string? RestReason) : FunctionEvent;

    /// <summary>A reload gave the function other options.</summary>
    internal sealed record Updated(FunctionOptions Options, IReadOnlyList<Tier> Tiers) : FunctionEvent;

    /// <summary>The function is no longer configured, or the gateway ends.</summary>
    /// <param name="Stop">False leaves its instances to the next gateway.</param>
    /// <param name="Drain">The longest wait for requests in flight.</param>
    internal sealed record Retired(bool Stop, TimeSpan Drain) : FunctionEvent;

    /// <summary>An instance that a gateway before this one left is the function's.</summary>
    internal sealed record Adopted(Tier Tier) : FunctionEvent;

    /// <summary>An instance was found that somebody else has started.</summary>
    internal sealed record Found(FunctionOptions MadeFrom, Tier Tier) : FunctionEvent;

    /// <summary>Somebody else has brought an instance to another tier.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Tier">Where it is now.</param>
    /// <param name="IsDoorClosed">Nobody uses the instance and nobody gets in any more.</param>
    internal sealed record Moved(int Key, Tier Tier, bool IsDoorClosed) : FunctionEvent;

    /// <summary>A client connection that had used the function was the last one and has closed.</summary>
    internal sealed record ConnectionsClosed : FunctionEvent;
}
