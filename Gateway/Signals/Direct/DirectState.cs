namespace Gateway.Signals.Direct;

/// <summary>Whether the kernel hands a function its connections.</summary>
/// <param name="IsActive">Whether it does now.</param>
/// <param name="WhyNot">Why not, though the function runs and it is asked for, as a clause without a full stop; null if it does, or if the function does not run.</param>
internal sealed record DirectState(bool IsActive, string? WhyNot);
