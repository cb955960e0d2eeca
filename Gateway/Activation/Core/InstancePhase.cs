using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>
/// The phase of an instance's life, with what is known only in that phase. The nested types are all six of them. Work is under way on an instance that is
/// <see cref="Making"/>, <see cref="Starting"/>, <see cref="Leaving"/> or <see cref="Ending"/>, and an event reports how that work ended. No work is under
/// way on one that is <see cref="Running"/> or <see cref="AtRest"/>, except that a doubted one is asked whether it answers again.
/// </summary>
internal abstract record InstancePhase
{
    private InstancePhase()
    {
    }

    /// <summary>Gets the tier that the instance is in, starts from, or leaves.</summary>
    public abstract Tier Tier { get; }

    /// <summary>Gets the state that the metrics and the API show.</summary>
    public abstract InstanceState Shown { get; }

    /// <summary>Gets whether the instance can be brought to a deeper rest now.</summary>
    public bool MayRest => this is Running or AtRest;

    /// <summary>Gets whether the instance takes requests, or will take some.</summary>
    public bool IsActive => this is Starting or Running;

    /// <summary>The sandbox of the instance is being built ahead of its first wake.</summary>
    internal sealed record Making : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => Tier.Stopped;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }

    /// <summary>The instance starts, or is being woken from a rest.</summary>
    /// <param name="From">The tier that it starts from.</param>
    /// <param name="Cold">The signal that began this cold start, or null if it is not a cold start.</param>
    /// <param name="ByOthers">Whether the program was started by somebody else, so that the duration of the start is not known.</param>
    internal sealed record Starting(Tier From, Signal? Cold, bool ByOthers) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Starting;
    }

    /// <summary>The program of the instance answers.</summary>
    /// <param name="Admission">The number of this admission to requests, which is a new one each time.</param>
    /// <param name="IsDoubted">Whether the instance refused a connection, so that it takes no requests until it answers again.</param>
    internal sealed record Running(int Admission, bool IsDoubted) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => Tier.Running;

        /// <inheritdoc/>
        public override InstanceState Shown => IsDoubted ? InstanceState.Doubted : InstanceState.Running;
    }

    /// <summary>The instance drains and comes to rest in a deeper tier, in which it is still the same instance.</summary>
    internal sealed record Leaving(Tier From, Tier To) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }

    /// <summary>The instance rests, initialized, paged out or paused.</summary>
    internal sealed record AtRest(Tier In) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => In;

        /// <inheritdoc/>
        public override InstanceState Shown => In switch { Tier.Paused => InstanceState.Paused, Tier.PagedOut => InstanceState.PagedOut, _ => InstanceState.Initialized };
    }

    /// <summary>The instance is on its way to its end, after which nothing of it is left.</summary>
    /// <param name="From">The tier that it leaves.</param>
    /// <param name="MayStay">Whether it goes on where it was if its runtime cannot end it.</param>
    internal sealed record Ending(Tier From, bool MayStay) : InstancePhase
    {
        /// <inheritdoc/>
        public override Tier Tier => From;

        /// <inheritdoc/>
        public override InstanceState Shown => InstanceState.Draining;
    }
}
