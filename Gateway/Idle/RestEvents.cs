using Gateway.Activation;
using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Idle;

/// <summary>Reports what the policy decides to the log and the metrics.</summary>
internal sealed class RestEvents(GatewayMetrics metrics, ILogger<RestEvents> logger) : IRestEvents
{
    public void Decided(string function, RestDecision decision, RestCause cause)
    {
        metrics.RestDecided(function, decision.Tier, cause);
        IdleLog.Decided(logger, function, decision.Reason);
    }

    public void Probing(string function, Tier tier) => metrics.Probe(function, tier);

    public void Expecting(string function) => metrics.ExpectedWake(function);
}
