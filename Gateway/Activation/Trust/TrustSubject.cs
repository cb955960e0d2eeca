using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>Somebody whose signals are trusted more or less. It is used under the lock of <see cref="TrustJudge"/>, except for <see cref="Earliest"/>.</summary>
internal abstract class TrustSubject(TrustScope scope, int fewest)
{
    private volatile SignalKind _earliest;
    private TrustScore _score;

    /// <summary>Gets whether it is a function, a group of sources or the whole.</summary>
    public TrustScope Scope { get; } = scope;

    /// <summary>Gets the number of wakes below which nothing is concluded.</summary>
    public int Fewest { get; } = fewest;

    /// <summary>Gets the earliest kind of signal that is trusted.</summary>
    public SignalKind Earliest => _earliest;

    /// <summary>Gets or sets the score.</summary>
    public TrustScore Score
    {
        get => _score;
        set
        {
            _score = value;
            _earliest = value.Earliest;
        }
    }

    /// <summary>Gets or sets whether it is looked at when it may have been calm for long enough.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>Gets the name for the log.</summary>
    public abstract string Name { get; }
}

/// <summary>What trust is about: the <c>scope</c> label of gateway_trust_steps_total.</summary>
internal enum TrustScope
{
    /// <summary>A function, whoever calls it.</summary>
    Function,

    /// <summary>A group of sources, whatever it calls.</summary>
    Group,

    /// <summary>All sources and functions, except for sources that have proven themselves.</summary>
    Whole,
}
