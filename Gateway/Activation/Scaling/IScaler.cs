namespace Gateway.Activation.Scaling;

/// <summary>
/// Decides how many instances a function's load is worth. It is asked under the function's lock, so it must answer at once. It keeps nothing: what it has to
/// know of its earlier answers is in <see cref="ScaleState"/>, so that a simulation can ask it as a function does.
/// </summary>
internal interface IScaler
{
    /// <summary>Returns the number of instances that should run or start now.</summary>
    /// <param name="load">The load of the function, of which at least one instance runs or starts.</param>
    /// <param name="before">What the last answer left, or the default value if the function was at rest.</param>
    /// <returns>
    /// Returns 1 to <see cref="Configuration.ScaleOptions.Max"/>. The function starts no more than the budget has free. Those that are too many leave as soon as nobody uses them.
    /// </returns>
    ScaleDecision Decide(in ScaleLoad load, in ScaleState before);
}
