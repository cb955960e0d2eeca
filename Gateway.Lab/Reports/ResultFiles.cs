namespace Gateway.Lab.Reports;

/// <summary>Where results go: <c>&lt;case&gt;.json</c>, <c>&lt;case&gt;.md</c> and the pictures, in one folder.</summary>
public static class ResultFiles
{
    /// <summary>Writes all of a run's files, each whole or not at all.</summary>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(string folder, BenchReport report, BenchResult result)
    {
        Directory.CreateDirectory(folder);
        List<string> written = [Write(folder, $"{report.Case}.json", System.Text.Encoding.UTF8.GetBytes(report.ToJson() + "\n"))];
        written.Add(Write(folder, $"{report.Case}.md", System.Text.Encoding.UTF8.GetBytes(Describe(report, result))));
        written.AddRange(result.Files.Select(file => Write(folder, file.Name, file.Content)));
        return written;
    }

    private static string Describe(BenchReport report, BenchResult result)
    {
        var machine = report.Machine;
        var versions = string.Join(", ", machine.Versions.Select(version => $"{version.Key} {version.Value}"));
        var run = machine.Quick ? "a quick run" : "a full run";
        return $"""
            <!-- Written by ./bench {report.Case}; do not edit. -->
            # {report.Case}

            {machine.At}, {run} of commit {report.Commit}, on {machine.Processor}, {machine.Cores} cores, {machine.MemoryMiB} MiB,
            {machine.Os}, kernel {machine.Kernel}, load {machine.Load:0.0} at its begin; {versions}. Times in milliseconds unless said otherwise.

            {result.Markdown}
            """.ReplaceLineEndings("\n");
    }

    private static string Write(string folder, string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path + ".new", content);
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }
}
