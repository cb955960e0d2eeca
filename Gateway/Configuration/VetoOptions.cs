namespace Gateway.Configuration;

/// <summary>One entry of <c>Idle:Veto</c>: a question that is asked before an instance comes to rest. It has exactly one of <see cref="Path"/>, <see cref="File"/>, <see cref="Cpu"/> and <see cref="Command"/>.</summary>
internal sealed record VetoOptions
{
    /// <summary>The path that the instance is asked for, which answers 2xx while it is busy.</summary>
    public string? Path { get; init; }

    /// <summary>The whole path of a file or folder of this machine, which exists while the function is busy.</summary>
    public string? File { get; init; }

    /// <summary>The share of one processor, above 0 to 1,024, at and above which the instance is busy.</summary>
    public double? Cpu { get; init; }

    /// <summary>A program of this machine and its arguments, which ends with 0 while the function is busy. It is empty if there is none.</summary>
    public ValueList<string> Command { get; init; } = ValueList<string>.Empty;

    /// <summary>The time until it is asked again after it has said that the function is busy, 1 s to a day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest time for an answer, 10 ms to a minute. One that does not come in time is no veto.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the key and the value by which people know it.</summary>
    public string Name =>
        Path is not null ? $"Path {Path}"
        : File is not null ? $"File {File}"
        : Cpu is { } share ? FormattableString.Invariant($"Cpu {share}")
        : $"Command {string.Join(' ', Command)}";
}
