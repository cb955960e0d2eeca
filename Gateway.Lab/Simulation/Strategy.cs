using Gateway.Configuration;

namespace Gateway.Lab.Simulation;

/// <summary>A way to keep functions, to be compared with others on the same traces.</summary>
/// <param name="Name">The name in the table.</param>
/// <param name="IsAuto">Whether the gateway's own policy decides. Otherwise functions are stopped after a fixed time.</param>
/// <param name="WakesOnSyn">Whether functions are woken by the SYN and not by the request.</param>
/// <param name="Idle">The functions' configuration.</param>
internal sealed record Strategy(string Name, bool IsAuto, bool WakesOnSyn, IdleOptions Idle)
{
    /// <summary>Gateway:Memory:Budget in MiB; null if there is none.</summary>
    public double? Budget { get; init; }

    /// <summary>Whether the policy learns of uses, so that it can foresee them.</summary>
    public bool HasHistory { get; init; } = true;
}
