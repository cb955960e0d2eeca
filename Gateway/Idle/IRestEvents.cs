using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Hears what the policy decides. Called under a function's lock: must not block or call back.</summary>
internal interface IRestEvents
{
    /// <summary>The decision about a function's rest is another one than before.</summary>
    void Decided(string function, RestDecision decision, RestCause cause);

    /// <summary>A function rests deeper once, to be measured.</summary>
    void Probing(string function, Tier tier);

    /// <summary>A function is woken before its next use is expected.</summary>
    void Expecting(string function);
}
