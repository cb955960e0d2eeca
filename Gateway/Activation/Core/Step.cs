using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>What an event has made of a function.</summary>
/// <param name="Core">The function after it.</param>
/// <param name="Effects">What is to be done, in this order.</param>
internal readonly record struct Step(FunctionCore Core, IReadOnlyList<FunctionEffect> Effects)
{
    /// <summary>What became of a signal; null: the event was none, or the budget is asked.</summary>
    public SignalOutcome? Outcome { get; init; }

    /// <summary>What somebody who wants to wait is told at once; null: he waits.</summary>
    public WaitResult? Immediate { get; init; }

    /// <summary>Whether the instance was taken, or its move was followed.</summary>
    public bool IsAccepted { get; init; }
}
