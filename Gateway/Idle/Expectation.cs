namespace Gateway.Idle;

/// <summary>When the next use is expected, counted from the last one.</summary>
/// <param name="From">The earliest time.</param>
/// <param name="Until">The latest time.</param>
/// <param name="Chance">That it comes then, if it has not come before: 0 to 1.</param>
internal readonly record struct Expectation(TimeSpan From, TimeSpan Until, double Chance);
