using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>
/// Where an instance is in its life, with what is known only there. There are these six and no others. Somebody works at an instance that is
/// <see cref="Making"/>, <see cref="Starting"/>, <see cref="Leaving"/> or <see cref="Ending"/>, and tells how that ended; nobody does at one that is
/// <see cref="Running"/> or <see cref="AtRest"/>, but that one that is doubted is asked whether it answers again.
/// </summary>
internal abstract record InstancePhase
{
    private InstancePhase()
    {
    }

    /// <summary>The tier that the instance is in, or starts from, or leaves.</summary>
    public abstract Tier Tier { get; }

    /// <summary>The state's name in the metrics and the API.</summary>
    public abstract InstanceState Shown { get; }

    /// <summary>Whether the instance can be brought to a deeper rest now.</summary>
    public bool MayRest => this is Running or AtRest;

    /// <summary>Whether the instance takes requests, or will.</summary>
    public bool IsActive => this is Starting or Running;

    /// <summary>Its sandbox is being built ahead of its first wake.</summary>
    internal sealed record Making : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => Tier.Stopped;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }

    /// <summary>It starts, or goes on after a rest.</summary>
    /// <param name="From">The tier that it starts from.</param>
    /// <param name="Cold">The signal whose cold start this is; null: nobody's request is timed by it.</param>
    /// <param name="ByOthers">Somebody else has executed its program, so how long the start takes is not known.</param>
    internal sealed record Starting(Tier From, Signal? Cold, bool ByOthers) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Starting;
    }

    /// <summary>Its program answers.</summary>
    /// <param name="Admission">The number of its admission to requests, which is another one each time.</param>
    /// <param name="IsDoubted">It refused a connection, so that it takes no requests until it answers again.</param>
    internal sealed record Running(int Admission, bool IsDoubted) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => Tier.Running;

        /// <inheritdoc/>
        public override InstanceState Shown => IsDoubted ? InstanceState.Doubted : InstanceState.Running;
    }

    /// <summary>It drains, and comes to rest in a deeper tier, in which it is still the same instance.</summary>
    internal sealed record Leaving(Tier From, Tier To) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }

    /// <summary>It rests, initialized or paused.</summary>
    internal sealed record AtRest(Tier In) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => In;

        /// <inheritdoc/>
        public override InstanceState Shown => In == Tier.Paused ? InstanceState.Paused : InstanceState.Initialized;
    }

    /// <summary>It is on its way to its end, after which nothing of it is left.</summary>
    /// <param name="From">The tier that it leaves.</param>
    /// <param name="MayStay">It goes on where it was if its runtime cannot end it.</param>
    internal sealed record Ending(Tier From, bool MayStay) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }
}
