namespace Gateway.Model;

/// <summary>How deeply an instance rests, the deepest first.</summary>
internal enum Tier
{
    /// <summary>Nothing of it runs.</summary>
    Stopped,

    /// <summary>Its sandbox, network and cgroup stand; the program is not yet executed.</summary>
    Initialized,

    /// <summary>Its processes are frozen; their memory is kept.</summary>
    Paused,
    Running,
}
