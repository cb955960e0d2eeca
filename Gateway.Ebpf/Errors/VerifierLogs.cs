namespace Gateway.Ebpf;

/// <summary>Finds the sentence that matters in what the verifier wrote.</summary>
internal static class VerifierLogs
{
    /// <summary>The complaint, which is the last line that is neither an instruction nor statistics, and the source line it stood under.</summary>
    internal static string Summarize(string log)
    {
        string? complaint = null;
        string? source = null;
        foreach (var line in log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Reverse())
        {
            if (IsSource(line))
            {
                source = line[1..].Trim();
                break;
            }
            if (complaint is null && !IsStatistics(line) && !IsInstruction(line))
            {
                complaint = line;
            }
        }
        return (complaint, source) switch
        {
            (null, _) => "nothing that explains it",
            (_, null) => complaint,
            _ => $"{complaint}, at \"{source}\"",
        };
    }

    // With BTF line information each group of instructions follows "; text of the C line @ file.c:12".
    private static bool IsSource(string line) => line.StartsWith(';') && line.Length > 1;

    private static bool IsStatistics(string line) =>
        line.StartsWith("processed ", StringComparison.Ordinal) || line.StartsWith("verification time", StringComparison.Ordinal) ||
        line.StartsWith("stack depth", StringComparison.Ordinal);

    private static bool IsInstruction(string line) => char.IsAsciiDigit(line[0]) && line.Contains(": (", StringComparison.Ordinal);
}
