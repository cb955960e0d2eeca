using System.Collections.Frozen;
using Gateway.Model;

namespace Gateway.Configuration.Webhooks;

/// <summary>Somebody who is told what becomes of functions.</summary>
internal sealed record WebhookOptions
{
    /// <summary>By what metrics and the log name it. Two never have the same.</summary>
    public required string Name { get; init; }

    /// <summary>The receiver's address, any part of which may be a secret.</summary>
    public required Uri Url { get; init; }

    /// <summary>What it is told of.</summary>
    public FrozenSet<FunctionTurn> Events { get; init; } = Enum.GetValues<FunctionTurn>().ToFrozenSet();

    /// <summary>Of which functions: names in which <c>*</c> stands for anything. An empty list means all.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>The key of the signatures, 24 to 64 bytes, or null if there are none.</summary>
    public byte[]? Key { get; init; }

    /// <summary>How long one attempt may take, 0.1 s to 1 minute.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often an event is sent until the receiver takes it, 1 to 20.</summary>
    public int Attempts { get; init; } = 5;

    public bool Equals(WebhookOptions? other) =>
        other is not null && Name == other.Name && Url == other.Url && Timeout == other.Timeout && Attempts == other.Attempts
        && Events.SetEquals(other.Events) && Functions.SequenceEqual(other.Functions, StringComparer.OrdinalIgnoreCase)
        && (Key is null) == (other.Key is null) && Key.AsSpan().SequenceEqual(other.Key);

    public override int GetHashCode() => HashCode.Combine(Name, Url, Timeout, Attempts);

    /// <summary>Returns whether it is told of an event of a function.</summary>
    public bool Wants(FunctionTurn what, string function) =>
        Events.Contains(what) && (Functions.Count == 0 || Functions.Any(pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, function, ignoreCase: true)));
}
