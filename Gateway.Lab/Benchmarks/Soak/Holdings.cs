using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>What a process holds at one moment.</summary>
/// <param name="Descriptors">Open files and sockets.</param>
/// <param name="Bpf">Open BPF maps, programs and links.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Live">MiB of managed memory that is in use, garbage not counted.</param>
/// <param name="Resident">MiB of memory that no file backs, after a full collection.</param>
/// <param name="Containers">Containers on the engine, at rest ones too.</param>
internal sealed record Holdings(int Descriptors, int Bpf, int Threads, double Live, double Resident, int Containers)
{
    /// <summary>Reads it from /proc (proc(5)).</summary>
    public static Holdings Of(int process, double live, int containers)
    {
        var status = File.ReadLines($"/proc/{process}/status").Select(line => line.Split(':')).ToDictionary(parts => parts[0], parts => parts[^1].Trim(), StringComparer.Ordinal);
        var descriptors = Directory.GetFiles($"/proc/{process}/fdinfo").Select(ReadIfThere).ToArray();
        return new Holdings(
            descriptors.Length,
            descriptors.Count(info => info.Contains("map_id:", StringComparison.Ordinal) || info.Contains("prog_id:", StringComparison.Ordinal) || info.Contains("link_id:", StringComparison.Ordinal)),
            int.Parse(status["Threads"], System.Globalization.CultureInfo.InvariantCulture),
            live,
            int.Parse(status["RssAnon"].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) / 1024.0,
            containers);
    }

    public IReadOnlyList<SoakGrowth> To(Holdings half, Holdings end) =>
    [
        new("descriptors", Descriptors, half.Descriptors, end.Descriptors),
        new("BPF objects", Bpf, half.Bpf, end.Bpf),
        new("threads", Threads, half.Threads, end.Threads),
        new("MiB of managed memory in use", Live, half.Live, end.Live),
        new("MiB of memory", Resident, half.Resident, end.Resident),
        new("containers", Containers, half.Containers, end.Containers),
    ];

    private static string ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
