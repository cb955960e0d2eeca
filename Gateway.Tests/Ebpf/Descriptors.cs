namespace Gateway.Tests.Ebpf;

/// <summary>Counts the open descriptors of this process.</summary>
internal static class Descriptors
{
    /// <summary>Counts programs, maps, links, BTF, and the epoll and event descriptors of ring buffers, by kind.</summary>
    public static IReadOnlyDictionary<string, int> Count() => Directory.GetFiles("/proc/self/fd")
        .Select(fd => new FileInfo(fd).LinkTarget ?? "")
        .Where(target => target.StartsWith("anon_inode:", StringComparison.Ordinal))
        .GroupBy(target => target, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    /// <summary>Counts the mappings of BPF maps into this process.</summary>
    public static int CountMappings() =>
        File.ReadLines("/proc/self/maps").Count(line => line.Contains("bpf-map", StringComparison.Ordinal));
}
