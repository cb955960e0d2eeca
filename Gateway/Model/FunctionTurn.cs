namespace Gateway.Model;

/// <summary>What has become of a function.</summary>
internal enum FunctionTurn
{
    /// <summary>A function that rested is being started.</summary>
    Wake,

    /// <summary>The function takes requests.</summary>
    Ready,

    /// <summary>No instance of the function runs any more.</summary>
    Rest,

    /// <summary>The function could not be started, or its program ended too soon.</summary>
    Failure,
}
