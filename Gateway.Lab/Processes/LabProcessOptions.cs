using Gateway.Lab.Networking;

namespace Gateway.Lab.Processes;

/// <summary>The program to run, and where to run it.</summary>
public sealed record LabProcessOptions
{
    /// <summary>A path, or a name that PATH has.</summary>
    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The network namespace to run in; null for those of this process.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>Cores it may run on, as taskset(1) writes them: <c>0</c>, <c>0,2-3</c>; null for those of this process.</summary>
    public string? Cores { get; init; }

    /// <summary>How many files it may open (RLIMIT_NOFILE, soft and hard); null for the limit of this process.</summary>
    public int? MaxOpenFiles { get; init; }

    /// <summary>Added to this process's environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The working directory; null for that of this process.</summary>
    public string? WorkingDirectory { get; init; }
}
