namespace Gateway.Runtimes.Engines;

/// <summary>Says when an image is pulled from its registry. Except for a missing image, that happens only while a function is prepared.</summary>
internal enum PullPolicy
{
    /// <summary>The image is pulled when the engine does not have it.</summary>
    Missing,

    /// <summary>The image is also pulled when the gateway starts, and when the function's options change.</summary>
    Always,

    /// <summary>The image is never pulled, because it is brought to the engine in another way.</summary>
    Never,
}
