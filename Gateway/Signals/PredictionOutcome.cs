namespace Gateway.Signals;

/// <summary>How well a connection's first request had been predicted.</summary>
internal enum PredictionOutcome
{
    /// <summary>The request was for the predicted function, which the SYN woke if it was at rest.</summary>
    Right,

    /// <summary>The request was for another function than the predicted one.</summary>
    Wrong,

    /// <summary>There was a prediction, but those for this group of clients are wrong too often, so that the SYN woke nothing.</summary>
    Withheld,

    /// <summary>There was no prediction: neither the client nor its group is known.</summary>
    Unknown,
}
