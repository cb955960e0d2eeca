using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Receives what the policy decides. It is called under a function's lock, so implementations must not block or call back.</summary>
internal interface IRestEvents
{
    /// <summary>The decision about a function's rest has changed.</summary>
    void Decided(string function, RestDecision decision, RestCause cause);

    /// <summary>A function rests deeper once, so that its wake is measured.</summary>
    void Probing(string function, Tier tier);

    /// <summary>A function is woken before its next use is expected.</summary>
    void Expecting(string function);
}
