namespace Gateway.Configuration.Policies;

/// <summary>
/// What was made of one part of the configuration. Two are equal when the user wrote the same, so that what was built from
/// the one need not be built anew for the other: the framework's option types compare by reference.
/// </summary>
internal sealed class PolicySection<T> : IEquatable<PolicySection<T>>
{
    private readonly ConfigurationNode _node;
    private readonly int _hash;

    internal PolicySection(T value, ConfigurationNode node) =>
        (Value, _node, _hash) = (value, node, StringComparer.OrdinalIgnoreCase.GetHashCode(node.Name));

    public T Value { get; }

    public bool Equals(PolicySection<T>? other) => ReferenceEquals(this, other) || (other is not null && _node.SaysTheSameAs(other._node));

    public override bool Equals(object? obj) => Equals(obj as PolicySection<T>);

    public override int GetHashCode() => _hash;
}
