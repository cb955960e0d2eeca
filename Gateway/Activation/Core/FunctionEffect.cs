using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>
/// Something that has to be done because of an event. Effects are performed in order, after the function's lock has been left, except
/// <see cref="AskBudget"/>, which is answered at once. The nested types are all the effects that there are.
/// </summary>
internal abstract record FunctionEffect
{
    private FunctionEffect()
    {
    }

    /// <summary>The effect concerns one instance.</summary>
    internal abstract record OfInstance(int Key) : FunctionEffect;

    /// <summary>Asks the budget whether a start is free now. <see cref="FunctionEvent.BudgetAnswered"/> answers before any other event.</summary>
    internal sealed record AskBudget : FunctionEffect;

    /// <summary>Gives the instance its port, if it has one by configuration.</summary>
    internal sealed record EnterPort(int Key) : OfInstance(Key);

    /// <summary>Frees the instance's port, since nothing of the instance is left.</summary>
    internal sealed record LeavePort(int Key) : OfInstance(Key);

    /// <summary>Starts the instance, or awaits its answer. It ends in <see cref="FunctionEvent.StartSucceeded"/> or <see cref="FunctionEvent.StartFailed"/>.</summary>
    internal sealed record Start(int Key, Signal? Cold, Tier From, bool IsBudgeted) : OfInstance(Key);

    /// <summary>
    /// Takes the start out of the budget's line if its turn has not come, because nobody waits for it any more. Then it ends in <see cref="FunctionEvent.GivenUp"/>.
    /// A start that has begun goes on.
    /// </summary>
    internal sealed record GiveUp(int Key) : OfInstance(Key);

    /// <summary>Cancels the start or the making of the instance.</summary>
    internal sealed record CancelStart(int Key) : OfInstance(Key);

    /// <summary>Builds the instance's sandbox. It ends in <see cref="FunctionEvent.Rested"/> or <see cref="FunctionEvent.MakeFailed"/>.</summary>
    internal sealed record Make(int Key) : OfInstance(Key);

    /// <summary>
    /// Drains the instance and brings it to rest. It ends in <see cref="FunctionEvent.Rested"/>, <see cref="FunctionEvent.Gone"/> or
    /// <see cref="FunctionEvent.RestFailed"/>.
    /// </summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Tier">The tier in which it is to rest.</param>
    /// <param name="Reason">The reason, for the log.</param>
    /// <param name="Drain">The longest wait until the instance is unused, or null if it already is.</param>
    /// <param name="Stop">Whether the runtime is called. False leaves the program running when the gateway ends.</param>
    internal sealed record Rest(int Key, Tier Tier, string Reason, TimeSpan? Drain, bool Stop) : OfInstance(Key);

    /// <summary>Completes <c>RestOver</c>, because the instance rests now, or stays where it was.</summary>
    internal sealed record EndRest(int Key) : OfInstance(Key);

    /// <summary>Ends what is left of the instance. It ends in <see cref="FunctionEvent.Gone"/>.</summary>
    /// <param name="Key">The instance.</param>
    /// <param name="Stop">Whether the runtime is asked to stop the instance. If false, it has been asked already, or the program is left to the next gateway.</param>
    /// <param name="RestReason">The reason for which it was brought to rest in <see cref="Tier.Stopped"/>, or null if it was not.</param>
    internal sealed record End(int Key, bool Stop, string? RestReason = null) : OfInstance(Key);

    /// <summary>Asks the doubted instance whether it answers. It ends in <see cref="FunctionEvent.DoubtResolved"/>.</summary>
    internal sealed record AskWhetherItAnswers(int Key, int Admission, string Reason) : OfInstance(Key);

    /// <summary>Tells the runtime that requests wait until this instance has stopped.</summary>
    internal sealed record Hurry(int Key) : OfInstance(Key);

    /// <summary>Tells the runtime that this instance is wanted, whose memory is being pushed out to swap.</summary>
    internal sealed record InterruptRest(int Key) : OfInstance(Key);

    /// <summary>Tells the runtime that the instance answers, so that it takes back what the instance was given for its start alone.</summary>
    internal sealed record TellReady(int Key) : OfInstance(Key);

    /// <summary>Makes a change known: the instances are counted for the metrics, and observers are told what has changed.</summary>
    /// <param name="Core">The function after the change.</param>
    /// <param name="Running">Whether the set of instances that take requests has changed.</param>
    /// <param name="AtRest">Whether the function is at rest, or null if that has not changed.</param>
    internal sealed record Publish(FunctionCore Core, bool Running, bool? AtRest) : FunctionEffect;

    /// <summary>Opens the instance's door, unless this admission no longer holds.</summary>
    internal sealed record OpenDoor(int Key, int Admission) : OfInstance(Key);

    /// <summary>Lets all callers go that have waited until now.</summary>
    internal sealed record LetGo(WaitResult Result) : FunctionEffect;

    /// <summary>Notes that a request for the cold start under way has come.</summary>
    internal sealed record NoteRequest(long Timestamp) : FunctionEffect;

    /// <summary>Ends the instance's cold start, if it has one, with this outcome. It does nothing if a request has ended the cold start already.</summary>
    internal sealed record EndColdStart(int Key, ColdStartOutcome Outcome) : OfInstance(Key);

    /// <summary>Drops the instance's cold start without a report, because the next one takes its place.</summary>
    internal sealed record DropColdStart(int Key) : OfInstance(Key);

    /// <summary>Tells the rest policy which build the instance runs.</summary>
    internal sealed record NoteBuild(int Key) : OfInstance(Key);

    /// <summary>Tells the rest policy how long a wake took.</summary>
    internal sealed record NoteWake(Tier From, TimeSpan Took) : FunctionEffect;

    /// <summary>Tells observers that it has to be decided again where the function rests.</summary>
    internal sealed record TellRestDue : FunctionEffect;

    /// <summary>Sets the timer, so that <see cref="FunctionEvent.TimerFired"/> comes after this time and not before. Null cancels it.</summary>
    internal sealed record SetTimer(TimeSpan? Wait) : FunctionEffect;

    /// <summary>Sets the timer of the trial, so that <see cref="FunctionEvent.TrialOver"/> comes after this time. Null cancels it.</summary>
    internal sealed record SetTrial(TimeSpan? Wait) : FunctionEffect;

    /// <summary>Notes that nothing of the instance is left.</summary>
    internal sealed record MarkGone(int Key) : OfInstance(Key);

    /// <summary>Logs that the instance could not be woken and is started anew.</summary>
    internal sealed record LogNotWoken(int Key, Tier From, string Failure) : OfInstance(Key);

    /// <summary>Logs that the function could not be started.</summary>
    internal sealed record LogStartFailed(string Failure, TimeSpan Wait) : FunctionEffect;

    /// <summary>Logs that the load is worth another number of instances.</summary>
    internal sealed record LogScaled(int Before, int Wanted, string Reason) : FunctionEffect;

    /// <summary>Logs that the instance has ended by itself.</summary>
    internal sealed record LogExited(int Key, InstanceExit Exit) : OfInstance(Key);

    /// <summary>Logs that the instance is at rest.</summary>
    internal sealed record LogRested(int Key, Tier Tier, string Reason) : OfInstance(Key);
}
