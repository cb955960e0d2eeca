using Xunit.v3;

namespace Gateway.Tests.Kernels;

/// <summary>
/// These tests are run in a virtual machine on each of Debian's kernels too, by <c>./test --kernels</c>: an ordinary class or method with this attribute is
/// all that it takes. They have the host's files and root's rights there, cgroup v2 alone, and no network but their own; they are ten to thirty times slower, so
/// their bounds on time must be wide.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OnEveryKernelAttribute : Attribute, ITraitAttribute
{
    internal const string Trait = "Kernels";

    internal const string Every = "Every";

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Trait, Every)];
}
