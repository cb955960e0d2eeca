namespace Gateway.Model;

/// <summary>How deeply an instance rests, the deepest first.</summary>
internal enum Tier
{
    /// <summary>Nothing of the instance runs.</summary>
    Stopped,

    /// <summary>The sandbox, network and cgroup exist, but the program has not been executed yet.</summary>
    Initialized,

    /// <summary>The processes are frozen and keep their memory.</summary>
    Paused,
    /// <summary>The instance does not rest.</summary>
    Running,
}
