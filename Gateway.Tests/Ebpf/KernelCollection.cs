using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Tests that attach to the machine's kernel or count this process's descriptors: one at a time, and nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KernelCollection
{
    public const string Name = "Kernel";
}
