namespace Gateway.Activation.Scaling;

/// <summary>The answer of a scaler.</summary>
/// <param name="Wanted">The number of instances that there should be.</param>
/// <param name="Reason">The reason in one sentence, for the log and the API.</param>
/// <param name="LookAgain">The time after which to ask again if the load stays as it is, or null if the answer would be the same.</param>
/// <param name="State">What the next question has to bring.</param>
internal readonly record struct ScaleDecision(int Wanted, string Reason, TimeSpan? LookAgain, ScaleState State)
{
    /// <summary>Gets the load above which to ask at once, because it may bring forward the moment at which the answer changes, or null if no load changes the answer.</summary>
    public int? AskAbove { get; init; }
}

/// <summary>What a scaler has to know of its earlier answers. The default value is that of a function at rest.</summary>
internal readonly record struct ScaleState
{
    /// <summary>Gets until when no instance leaves, because the function has just woken, panics, or has had some leave. It is null until an instance takes requests.</summary>
    public TimeSpan? KeepUntil { get; init; }

    /// <summary>Gets until when the function panics.</summary>
    public TimeSpan PanicUntil { get; init; }

    /// <summary>Gets the largest number of instances that was wanted in the panic that is under way.</summary>
    public int PanicWanted { get; init; }

    /// <summary>Gets since when fewer instances have been enough, or null if they are not.</summary>
    public TimeSpan? FewerSince { get; init; }

    /// <summary>Gets the largest number of instances that was needed since then.</summary>
    public int FewerNeeded { get; init; }
}
