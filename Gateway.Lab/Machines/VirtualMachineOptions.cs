namespace Gateway.Lab.Machines;

/// <summary>What a virtual machine has.</summary>
public sealed record VirtualMachineOptions
{
    /// <summary>A directory that the machine has at the same path and writes to in earnest. The path has no spaces.</summary>
    public required string Shared { get; init; }

    /// <summary>MiB; what the machine's programs write counts too.</summary>
    public int Memory { get; init; } = 3072;

    public int Processors { get; init; } = 2;
}
