using Gateway.Configuration.Labels;

namespace Gateway.Configuration;

/// <summary>The configuration in use, and what is wrong with a newer one that is not.</summary>
/// <param name="Since">When it was put in use.</param>
/// <param name="Warnings">What works in it, but hardly as it was meant.</param>
/// <param name="Errors">Why what was read last is not in use; empty if it is.</param>
internal sealed record ConfigurationState(DateTimeOffset Since, IReadOnlyList<ConfigurationError> Warnings, IReadOnlyList<ConfigurationError> Errors)
{
    /// <summary>The functions by labels that are not in use, and why.</summary>
    public IReadOnlyList<RejectedFunction> Rejected { get; init; } = [];
}
