namespace Gateway.Tests.Kernels;

/// <summary>What tests find out about the kernel that they run on, for the table in docs/kernel.md. Each fact is a row of it.</summary>
internal static class KernelFacts
{
    internal const string File = "facts";

    /// <summary>The variable with the file in which the host expects the facts. It is not set on the host's own kernel.</summary>
    internal const string Variable = "HEADSTART_KERNEL_FACTS";

    /// <summary>Reports a fact.</summary>
    /// <param name="what">What it is, for example <c>connections steered by sk_lookup</c>.</param>
    /// <param name="value">The value, for example <c>yes</c>.</param>
    public static void Report(string what, string value)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } directory)
        {
            System.IO.File.AppendAllLines(Path.Combine(directory, File), [$"{what}\t{value}"]);
        }
    }

    /// <summary>Reads the reported facts, in their order. The last value of each counts.</summary>
    internal static IReadOnlyList<(string What, string Value)> Read(string directory)
    {
        var path = Path.Combine(directory, File);
        var lines = System.IO.File.Exists(path) ? System.IO.File.ReadAllLines(path) : [];
        return [.. lines.Select(line => line.Split('\t')).GroupBy(fields => fields[0]).Select(group => (group.Key, group.Last()[1]))];
    }
}
