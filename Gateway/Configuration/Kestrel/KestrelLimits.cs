using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Kestrel;

/// <summary>The user's <c>Kestrel:Limits</c>. Kestrel reads limits when it starts, so a reload cannot change them. Two are equal if they say the same.</summary>
internal sealed class KestrelLimits : IEquatable<KestrelLimits>
{
    private readonly string[] _written;
    private readonly Action<KestrelServerLimits>[] _set;

    /// <param name="written">What the user wrote, by which limits are compared.</param>
    /// <param name="set">The actions that set it.</param>
    internal KestrelLimits(IEnumerable<string> written, IEnumerable<Action<KestrelServerLimits>> set) => (_written, _set) = ([.. written], [.. set]);

    /// <summary>Kestrel's own limits.</summary>
    public static KestrelLimits Default { get; } = new([], []);

    /// <summary>Sets the limits that the user wrote, and leaves the others as they are.</summary>
    public void Apply(KestrelServerLimits limits) => Array.ForEach(_set, set => set(limits));

    public bool Equals(KestrelLimits? other) => other is not null && _written.AsSpan().SequenceEqual(other._written);

    public override bool Equals(object? obj) => Equals(obj as KestrelLimits);

    public override int GetHashCode() => _written.Length;
}
