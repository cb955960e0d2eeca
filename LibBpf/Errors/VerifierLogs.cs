namespace LibBpf;

/// <summary>Finds the important sentence in the verifier's log.</summary>
internal static class VerifierLogs
{
    /// <summary>Returns the complaint, which is between the last instruction and the statistics, and the C line of that instruction.</summary>
    internal static string Summarize(string log)
    {
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Reverse().ToList();
        var complaint = string.Join("; ", lines.SkipWhile(IsStatistics).TakeWhile(line => !IsInstruction(line) && !IsSource(line)).Reverse());
        var source = lines.Find(IsSource)?[1..].Trim();
        return (complaint, source) switch
        {
            ("", _) => "nothing that explains it",
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
