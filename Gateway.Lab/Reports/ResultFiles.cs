using System.Text.Json;

namespace Gateway.Lab.Reports;

/// <summary>Writes results: <c>&lt;case&gt;.json</c>, <c>&lt;case&gt;.md</c> and the pictures, in one folder.</summary>
public static class ResultFiles
{
    /// <summary>Writes all files of a run. Each is written completely or not at all.</summary>
    /// <returns>Returns their paths.</returns>
    public static IReadOnlyList<string> Write(string folder, BenchReport report, BenchResult result)
    {
        Directory.CreateDirectory(folder);
        List<string> written = [Write(folder, $"{report.Case}.json", System.Text.Encoding.UTF8.GetBytes(report.ToJson() + "\n"))];
        written.Add(Write(folder, $"{report.Case}.md", System.Text.Encoding.UTF8.GetBytes(Describe(report, result))));
        written.AddRange(result.Files.Select(file => Write(folder, file.Name, file.Content)));
        return written;
    }

    /// <summary>
    /// A long case may be run in parts: the cells of the last part, when it measured the same product on the same machine
    /// as fully as this run does. Null otherwise.
    /// </summary>
    /// <param name="isSame">Whether that commit's product is this one's.</param>
    public static async Task<string?> CellsToGoOnWithAsync(string folder, string name, Func<string, Task<bool>> isSame, MachineReport machine)
    {
        var path = Path.Combine(folder, $"{name}.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var earlier = JsonDocument.Parse(await File.ReadAllBytesAsync(path));
            var root = earlier.RootElement;
            var before = root.GetProperty("machine").Deserialize<MachineReport>(JsonSerializerOptions.Web);
            var same = before is not null && await isSame(root.GetProperty("commit").GetString()!)
                && (before.Processor, before.Cores, before.Kernel, before.Quick) == (machine.Processor, machine.Cores, machine.Kernel, machine.Quick);
            return same ? root.GetProperty("cells").GetRawText() : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException)
        {
            // The file is incomplete or of another version. It is replaced by the new measurement.
            return null;
        }
    }

    private static string Describe(BenchReport report, BenchResult result)
    {
        var machine = report.Machine;
        var versions = string.Join(", ", machine.Versions.Select(version => $"{version.Key} {version.Value}"));
        var run = machine.Quick ? "a quick run" : "a full run";
        return $"""
            <!-- Written by ./bench {report.Command}; do not edit. -->
            # {report.Case}

            {machine.At}, {run} of commit {report.Commit}, on {machine.Processor}, {machine.Cores} cores, {machine.MemoryMiB} MiB,
            {machine.Os}, kernel {machine.Kernel}{(machine.FavorDynmods ? ", cgroups mounted with favordynmods" : "")}, load {machine.Load:0.0} at its begin; {versions}. Times in milliseconds unless said otherwise.

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
