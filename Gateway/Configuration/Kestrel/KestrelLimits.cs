using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Kestrel;

/// <summary>The user's <c>Kestrel:Limits</c>. Kestrel takes limits when it starts, so a reload cannot change them. Equal when they say the same.</summary>
internal sealed class KestrelLimits : IEquatable<KestrelLimits>
{
    private readonly string[] _written;
    private readonly Action<KestrelServerLimits>[] _set;

    internal KestrelLimits(IEnumerable<string> written, IEnumerable<Action<KestrelServerLimits>> set) => (_written, _set) = ([.. written], [.. set]);

    /// <summary>Kestrel's own limits.</summary>
    public static KestrelLimits Default { get; } = new([], []);

    /// <summary>Sets what the user wrote; the rest stays.</summary>
    public void Apply(KestrelServerLimits limits) => Array.ForEach(_set, set => set(limits));

    public bool Equals(KestrelLimits? other) => other is not null && _written.AsSpan().SequenceEqual(other._written);

    public override bool Equals(object? obj) => Equals(obj as KestrelLimits);

    public override int GetHashCode() => _written.Length;
}
