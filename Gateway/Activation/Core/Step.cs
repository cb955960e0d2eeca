using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>The result of an event.</summary>
/// <param name="Core">The function after the event.</param>
/// <param name="Effects">What has to be done, in this order.</param>
internal readonly record struct Step(FunctionCore Core, IReadOnlyList<FunctionEffect> Effects)
{
    /// <summary>Gets the outcome of a signal, or null if the event was not a signal or the budget has to be asked first.</summary>
    public SignalOutcome? Outcome { get; init; }

    /// <summary>Gets the result that a caller gets at once, or null if the caller has to wait.</summary>
    public WaitResult? Immediate { get; init; }

    /// <summary>Gets whether the function has taken the instance, or followed its move.</summary>
    public bool IsAccepted { get; init; }
}
