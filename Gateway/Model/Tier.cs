namespace Gateway.Model;

/// <summary>How deeply an instance rests, the deepest first.</summary>
internal enum Tier
{
    /// <summary>Nothing of the instance runs.</summary>
    Stopped,

    /// <summary>The sandbox, network and cgroup exist, but the program has not been executed yet.</summary>
    Initialized,

    /// <summary>The processes are frozen, and their memory has been pushed out to swap.</summary>
    PagedOut,

    /// <summary>The processes are frozen and keep their memory.</summary>
    Paused,

    /// <summary>The instance does not rest.</summary>
    Running,
}

/// <summary>What tiers have in common.</summary>
internal static class TierExtensions
{
    /// <summary>Returns true if the program is there and stands still, so that it keeps its address and its connections.</summary>
    public static bool IsFrozen(this Tier tier) => tier is Tier.PagedOut or Tier.Paused;
}
