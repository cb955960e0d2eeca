using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>Tests that measure time or count what the whole process holds: they run alone.</summary>
[CollectionDefinition(nameof(Timing), DisableParallelization = true)]
public sealed class Timing;
