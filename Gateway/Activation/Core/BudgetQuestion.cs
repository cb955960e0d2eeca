using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>Says why the budget is asked for a start.</summary>
internal enum BudgetPurpose
{
    /// <summary>A signal has just come.</summary>
    Signal,

    /// <summary>A handshake came while nothing could be started.</summary>
    Wanted,

    /// <summary>A request is expected.</summary>
    Expected,

    /// <summary>The load is worth more instances than those that run.</summary>
    Scale,
}

/// <summary>A question to the budget that is not answered yet. The function handles no other event until it is.</summary>
/// <param name="Purpose">The reason for the start.</param>
/// <param name="Signal">The signal that asks for the start.</param>
/// <param name="Wanted">The number of instances that there should be, for <see cref="BudgetPurpose.Scale"/>.</param>
internal sealed record BudgetQuestion(BudgetPurpose Purpose, Signal Signal, int Wanted = 0);
