using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>One function that another one depends on.</summary>
/// <param name="Function">The name of the function that is depended on.</param>
/// <param name="Condition">What it has to have reached before the dependent is started.</param>
/// <param name="IsOptional">Whether the dependent is started without waiting for it, and whatever becomes of it.</param>
internal sealed record DependencyOptions(string Function, DependencyCondition Condition, bool IsOptional);
