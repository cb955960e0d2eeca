namespace Gateway.Forwarding;

/// <summary>Why a request may not wait for its function.</summary>
internal enum HoldRefusal
{
    /// <summary>As many requests wait for the function as may.</summary>
    FunctionFull,

    /// <summary>As many requests wait for all functions as may, or what is read ahead of them is as much as may be.</summary>
    GatewayFull,

    /// <summary>The client has its share of one of these.</summary>
    ClientShare,
}
