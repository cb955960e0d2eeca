using Gateway.Idle;
using Gateway.Runtimes;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class InstanceMemoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Root => _directory.File("unified");

    private string V1 => _directory.File("memory");

    private string Group => Path.Combine(Root, "docker", "abc");

    private InstanceMemory Memory => new(new CgroupV1(Root, V1), _directory.File("proc"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Of_CgroupV2_IsWhatIsChargedLessWhatCanBeDropped()
    {
        Write(Group, "memory.current", "10485760\n");
        Write(Group, "memory.stat", "anon 4096\ninactive_file 485760\nactive_file 1\n");
        Write(Group, "cgroup.procs", "17\n");

        Assert.Equal(10_000_000, Memory.Of([Path.Combine(Root, "docker", "other"), Group]));
    }

    [Fact]
    public void Of_CgroupV1_IsTheSameFromTheOtherHierarchy()
    {
        Write(Group, "cgroup.procs", "17\n");
        Write(Path.Combine(V1, "docker", "abc"), "memory.usage_in_bytes", "10485760\n");
        Write(Path.Combine(V1, "docker", "abc"), "memory.stat", "cache 7\ntotal_inactive_file 485760\n");

        Assert.Equal(10_000_000, Memory.Of([Group]));
    }

    [Fact]
    public void Of_NeitherCounts_IsWhatItsProcessesHoldAlone()
    {
        Write(Group, "cgroup.procs", "17\n18\n19\n");
        Write(_directory.File("proc/17"), "statm", "900 30 10 1 0 50 0\n");
        Write(_directory.File("proc/18"), "statm", "900 5 1 1 0 50 0\n");

        Assert.Equal(24L * Environment.SystemPageSize, Memory.Of([Group]));
    }

    [Fact]
    public void Of_NothingThere_IsNothing() => Assert.Equal(0, Memory.Of([Group]));

    [Fact]
    public void Of_ThisProcess_IsWhatItHolds()
    {
        Write(Group, "cgroup.procs", $"{Environment.ProcessId}\n");

        Assert.InRange(new InstanceMemory(new CgroupV1(Root, mount: null)).Of([Group]), 1 << 20, Environment.WorkingSet * 2);
    }

    private static void Write(string directory, string name, string text)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, name), text);
    }
}
