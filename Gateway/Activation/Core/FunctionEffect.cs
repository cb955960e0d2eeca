using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>
/// Something that is to be done because of an event. Effects are performed in their order, after the function's lock, but for
/// <see cref="AskBudget"/>, which is answered at once. There are these and no others.
/// </summary>
internal abstract record FunctionEffect
{
    private FunctionEffect()
    {
    }

    /// <summary>One that concerns an instance.</summary>
    internal abstract record OfInstance(int Key) : FunctionEffect;

    /// <summary>Is a start free now? The answer is <see cref="FunctionEvent.BudgetAnswered"/>, before any other event.</summary>
    internal sealed record AskBudget : FunctionEffect;

    /// <summary>The instance's port, if it has one by configuration, is its own from here.</summary>
    internal sealed record EnterPort(int Key) : OfInstance(Key);

    /// <summary>Nothing of the instance is left, so its port is free.</summary>
    internal sealed record LeavePort(int Key) : OfInstance(Key);

    /// <summary>Starts the instance, or awaits that it answers. Ends in <see cref="FunctionEvent.StartSucceeded"/> or <see cref="FunctionEvent.StartFailed"/>.</summary>
    internal sealed record Start(int Key, Signal? Cold, Tier From, bool IsBudgeted) : OfInstance(Key);

    /// <summary>Calls the start or the making of the instance off.</summary>
    internal sealed record CancelStart(int Key) : OfInstance(Key);

    /// <summary>Builds the instance's sandbox. Ends in <see cref="FunctionEvent.Rested"/> or <see cref="FunctionEvent.MakeFailed"/>.</summary>
    internal sealed record Make(int Key) : OfInstance(Key);

    /// <summary>
    /// Drains the instance and brings it to rest. Ends in <see cref="FunctionEvent.Rested"/>, <see cref="FunctionEvent.Gone"/> or <see cref="FunctionEvent.RestFailed"/>.
    /// </summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Tier">Where it is to rest.</param>
    /// <param name="Reason">Why, for the log.</param>
    /// <param name="Drain">The longest wait for those who use it; null: nobody does.</param>
    /// <param name="Stop">False lets it go on when the gateway ends.</param>
    internal sealed record Rest(int Key, Tier Tier, string Reason, TimeSpan? Drain, bool Stop) : OfInstance(Key);

    /// <summary>The instance's way to rest has ended, there or where it was; whoever asked for it is told.</summary>
    internal sealed record EndRest(int Key) : OfInstance(Key);

    /// <summary>Ends what is left of the instance. Ends in <see cref="FunctionEvent.Gone"/>.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Stop">False: its program has ended, or the runtime ends it as soon as it can.</param>
    /// <param name="RestReason">Why it was brought to rest in <see cref="Tier.Stopped"/>, if it was.</param>
    internal sealed record End(int Key, bool Stop, string? RestReason = null) : OfInstance(Key);

    /// <summary>Asks the doubted instance whether it answers. Ends in <see cref="FunctionEvent.DoubtResolved"/>.</summary>
    internal sealed record AskWhetherItAnswers(int Key, int Admission, string Reason) : OfInstance(Key);

    /// <summary>Whoever waits does so until the instance has stopped.</summary>
    internal sealed record Hurry(int Key) : OfInstance(Key);

    /// <summary>The runtime hears that the instance answers, and takes back what it was given for its start alone.</summary>
    internal sealed record TellReady(int Key) : OfInstance(Key);

    /// <summary>The function is as it says from here on: its instances are counted, and observers hear of what changed.</summary>
    /// <param name="Core">The function.</param>
    /// <param name="Running">Whether other instances take requests than before.</param>
    /// <param name="AtRest">Whether the function is at rest; null: as it was.</param>
    internal sealed record Publish(FunctionCore Core, bool Running, bool? AtRest) : FunctionEffect;

    /// <summary>The instance takes requests from here on, unless it has been admitted to none meanwhile.</summary>
    internal sealed record OpenDoor(int Key, int Admission) : OfInstance(Key);

    /// <summary>Lets everybody go who has waited until now.</summary>
    internal sealed record LetGo(WaitResult Result) : FunctionEffect;

    /// <summary>A request for the cold start under way has come.</summary>
    internal sealed record NoteRequest(long Timestamp) : FunctionEffect;

    /// <summary>The instance's cold start, if it has one, has ended like that, unless a request has ended it already.</summary>
    internal sealed record EndColdStart(int Key, ColdStartOutcome Outcome) : OfInstance(Key);

    /// <summary>Nobody is told of the instance's cold start: the next one takes its place.</summary>
    internal sealed record DropColdStart(int Key) : OfInstance(Key);

    /// <summary>The policy hears which build the instance is of.</summary>
    internal sealed record NoteBuild(int Key) : OfInstance(Key);

    /// <summary>The policy hears how long a wake took.</summary>
    internal sealed record NoteWake(Tier From, TimeSpan Took) : FunctionEffect;

    /// <summary>Where the function rests is to be decided anew.</summary>
    internal sealed record TellRestDue : FunctionEffect;

    /// <summary><see cref="FunctionEvent.TimerFired"/> is to come after this time, and not before; null: not at all.</summary>
    internal sealed record SetTimer(TimeSpan? Wait) : FunctionEffect;

    /// <summary>Nothing of the instance is left.</summary>
    internal sealed record MarkGone(int Key) : OfInstance(Key);

    /// <summary>A log line: the instance could not be woken and is started anew.</summary>
    internal sealed record LogNotWoken(int Key, Tier From, string Failure) : OfInstance(Key);

    /// <summary>A log line: the function could not be started.</summary>
    internal sealed record LogStartFailed(string Failure, TimeSpan Wait) : FunctionEffect;

    /// <summary>A log line: the instance has ended by itself.</summary>
    internal sealed record LogExited(int Key, InstanceExit Exit) : OfInstance(Key);

    /// <summary>A log line: the instance is at rest.</summary>
    internal sealed record LogRested(int Key, Tier Tier, string Reason) : OfInstance(Key);
}
