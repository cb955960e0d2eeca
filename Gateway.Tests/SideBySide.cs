using System.Collections.Concurrent;
using Xunit.v3;

namespace Gateway.Tests;

/// <summary>
/// Tests that spend their time waiting for engines and programs of their own, and assert no times that another test could move. They run three
/// classes at a time, before the others.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SideBySideAttribute : Attribute;

/// <summary>
/// Most tests own the machine's two cores for what they time or race, since side by side they would measure each other: a class runs alone,
/// unless it is marked with <see cref="SideBySideAttribute"/> or belongs to a collection that says otherwise.
/// </summary>
public sealed class AloneUnlessSaid(IXunitTestAssembly assembly) : TestCollectionFactoryBase(assembly)
{
    private readonly ConcurrentDictionary<Type, IXunitTestCollection> _collections = new();

    public override string DisplayName => "alone-unless-said";

    protected override IXunitTestCollection GetDefaultTestCollection(Type testClass) => _collections.GetOrAdd(testClass, type => new XunitTestCollection(
        TestAssembly, collectionDefinition: null, disableParallelization: !type.IsDefined(typeof(SideBySideAttribute), inherit: false), $"Test collection for {type.FullName}"));
}
