namespace Gateway.Runtimes.Engines;

/// <summary>When an image is fetched from its registry, while a function is prepared; never on the way of a wake.</summary>
internal enum PullPolicy
{
    /// <summary>When the engine does not have it.</summary>
    Missing,

    /// <summary>At the gateway's start and when the function's options change.</summary>
    Always,

    /// <summary>Never: somebody else brings it to the engine.</summary>
    Never,
}
