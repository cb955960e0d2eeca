namespace Gateway.Idle;

/// <summary>When the next use of a function is expected, counted from its last one.</summary>
/// <param name="From">The earliest time.</param>
/// <param name="Until">The latest time.</param>
/// <param name="Chance">The chance, 0 to 1, that it comes in that time if it has not come before.</param>
internal readonly record struct Expectation(TimeSpan From, TimeSpan Until, double Chance);
