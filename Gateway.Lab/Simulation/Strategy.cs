using Gateway.Configuration;

namespace Gateway.Lab.Simulation;

/// <summary>A way to keep functions, to be compared with others on the same traces.</summary>
/// <param name="Name">For the table.</param>
/// <param name="IsAuto">The gateway's own policy; else a fixed keep-alive, then stopped.</param>
/// <param name="WakesOnSyn">Woken by the SYN; else by the request.</param>
/// <param name="Idle">What the functions are configured with.</param>
internal sealed record Strategy(string Name, bool IsAuto, bool WakesOnSyn, IdleOptions Idle)
{
    /// <summary>Gateway:Memory:Budget in MiB; null: none.</summary>
    public double? Budget { get; init; }

    /// <summary>Uses are told to the policy, so that it can foresee them.</summary>
    public bool HasHistory { get; init; } = true;
}
