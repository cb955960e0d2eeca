using Gateway.Activation;
using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Idle;

/// <summary>Tells the log and the metrics what the policy decides, and the state file what it has learned.</summary>
internal sealed class RestEvents(GatewayMetrics metrics, ILogger<RestEvents> logger) : IRestEvents
{
    /// <summary>Set once, before the first function; without it nothing is kept.</summary>
    public Action OnLearned { get; set; } = static () => { };

    public void Decided(string function, RestDecision decision, RestCause cause)
    {
        metrics.RestDecided(function, decision.Tier, cause);
        IdleLog.Decided(logger, function, decision.Reason);
    }

    public void Probing(string function, Tier tier) => metrics.Probe(function, tier);

    public void Expecting(string function) => metrics.ExpectedWake(function);

    public void Learned() => OnLearned();
}
