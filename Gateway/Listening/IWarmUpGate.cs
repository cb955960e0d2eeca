using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>What the request path needs to know about the gateway's warm-up.</summary>
internal interface IWarmUpGate
{
    /// <summary>Whether the warm-up is over. Until then the gateway's own requests arrive as those of clients do, and wake nothing.</summary>
    bool Done { get; }

    /// <summary>The function that the gateway's own requests are for; null before and after the warm-up.</summary>
    Function? Function { get; }
}
