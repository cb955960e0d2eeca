using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>What a start is asked of the budget for.</summary>
internal enum BudgetPurpose
{
    /// <summary>A signal that has just come.</summary>
    Signal,

    /// <summary>A handshake that came while nothing could be started.</summary>
    Wanted,

    /// <summary>A request that is expected.</summary>
    Expected,

    /// <summary>More instances beside those that run.</summary>
    Scale,
}

/// <summary>A question to the budget that is not answered yet. Nothing else happens to the function until it is.</summary>
/// <param name="Purpose">What for.</param>
/// <param name="Signal">What asks for the start.</param>
/// <param name="Wanted">With <see cref="BudgetPurpose.Scale"/>: how many instances there should be.</param>
internal sealed record BudgetQuestion(BudgetPurpose Purpose, Signal Signal, int Wanted = 0);
