using Gateway.Configuration;

namespace Gateway.Runtimes;

/// <summary>What a runtime needs to know to say what this machine allows it to do.</summary>
/// <param name="Functions">The functions that are configured to run on it.</param>
/// <param name="Settings">What the module has read by <see cref="IRunReader.ReadSettings"/>.</param>
/// <param name="CgroupRoot">The mount point of cgroup v2 as this process sees it, or null if there is none.</param>
/// <param name="ContentRoot">The directory that relative paths start from.</param>
/// <param name="Time">The clock.</param>
internal sealed record RuntimeExamination(IReadOnlyList<FunctionOptions> Functions, RuntimeSettings? Settings, string? CgroupRoot, string ContentRoot, TimeProvider Time)
{
    /// <summary>Gets whether any function uses the runtime.</summary>
    public bool IsUsed => Functions.Count > 0;

    /// <summary>Returns the names of the functions that a condition holds for, as a sentence has them, or null if it holds for none.</summary>
    public string? Names(Func<FunctionOptions, bool> condition)
    {
        const int Most = 3;
        string[] names = [.. Functions.Where(condition).Select(function => function.Name).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? null : string.Join(", ", names.Take(Most)) + (names.Length > Most ? $" and {names.Length - Most} more" : "");
    }
}
