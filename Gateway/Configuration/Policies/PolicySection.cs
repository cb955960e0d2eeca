namespace Gateway.Configuration.Policies;

/// <summary>
/// What was made of one section of the configuration. The framework's option types compare by reference, so two of these are compared by what the
/// user wrote. What was built from one need not be built again for an equal one.
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
