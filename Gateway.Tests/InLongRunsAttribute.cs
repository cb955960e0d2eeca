using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Gateway.Tests;

/// <summary>
/// A row of a theory that only <c>./test --long</c> has. It is for rows that differ from another one in what has its own tests elsewhere (which engine it is, which of several
/// methods or commands), where each row starts engines and gateways for seconds.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class InLongRunsAttribute(params object?[] values) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
        [new TheoryDataRow(values) { Explicit = !LongRun.IsOn }]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
