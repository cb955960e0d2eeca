using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Gateway.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>Real programs, frozen by their cgroup or by signals.</summary>
public sealed class PauseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Counts as long as it runs: what it has counted to is what it has run.
    private const string Counter = "n=0; while :; do n=$((n+1)); echo $n >count; /bin/busybox usleep 2000; done";

    public static TheoryData<bool> WithAndWithoutCgroup => [true, false];

    [Theory]
    [MemberData(nameof(WithAndWithoutCgroup))]
    public async Task Rest_Paused_StandsStillAndGoesOn(bool cgroup)
    {
        using var runtime = new Bed(cgroup, Counter);
        await using var instance = await runtime.StartAsync();
        await Eventually.True(() => runtime.Count > 3);

        await instance.RestAsync(Tier.Paused, default);

        Assert.Equal(Tier.Paused, instance.Tier);
        // A write that had begun ends in the kernel.
        var before = await Still(() => runtime.Count);
        var id = instance.Id;
        await instance.StartAsync(default);
        await Eventually.True(() => runtime.Count > before + 3);
        Assert.Equal((Tier.Running, id), (instance.Tier, instance.Id));
        Assert.False(instance.Exited.IsCompleted);
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutCgroup))]
    public async Task Stop_Paused_LetsItEndInItsOwnTime(bool cgroup)
    {
        using var runtime = new Bed(cgroup, "trap 'echo bye; exit 7' TERM; " + Counter);
        await using var instance = await runtime.StartAsync();
        await Eventually.True(() => runtime.Count > 3);
        await instance.RestAsync(Tier.Paused, default);

        await instance.StopAsync(default).WaitAsync(Patience);

        var exit = await instance.Exited;
        Assert.Equal(7, exit.ExitCode);
        Assert.Contains("bye", exit.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutCgroup))]
    public async Task Exited_KilledWhilePaused_IsTold(bool cgroup)
    {
        using var runtime = new Bed(cgroup, "echo $$ >pid; " + Counter);
        await using var instance = await runtime.StartAsync();
        await Eventually.True(() => runtime.Count > 3);
        await instance.RestAsync(Tier.Paused, default);

        using (var program = System.Diagnostics.Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(runtime.File("pid")), System.Globalization.CultureInfo.InvariantCulture)))
        {
            program.Kill();
        }

        Assert.Contains("signal 9", (await instance.Exited.WaitAsync(Patience)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rest_PausedInACgroup_FreezesItsChildrenToo()
    {
        using var runtime = new Bed(cgroup: true, $"/bin/busybox setsid /bin/sh -c '{Counter}' & wait");
        await using var instance = await runtime.StartAsync();
        await Eventually.True(() => runtime.Count > 3);

        await instance.RestAsync(Tier.Paused, default);

        await Still(() => runtime.Count);
        Assert.Contains("frozen 1", await File.ReadAllLinesAsync(Path.Combine(instance.CgroupPaths[0], "cgroup.events")));
    }

    [Fact]
    public async Task Dispose_Paused_LeavesNoCgroup()
    {
        using var runtime = new Bed(cgroup: true, Counter);
        var instance = await runtime.StartAsync();
        await instance.RestAsync(Tier.Paused, default);

        await instance.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.False(Directory.Exists(instance.CgroupPaths[0]));
    }

    // The value while 20 of the program's turns would have passed.
    private static async Task<int> Still(Func<int> value)
    {
        var before = value();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(before, value());
        return before;
    }

    private sealed class Bed : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly ProcessRuntime _runtime;
        private readonly FunctionOptions _function;

        public Bed(bool cgroup, string script)
        {
            // A guard of its own, and a gateway's cgroup is named by its pid: one at a time.
            _runtime = new ProcessRuntime(cgroup ? Cgroup.FindRoot() : null, _directory.Path, TimeProvider.System, NullLogger.Instance);
            _function = new FunctionOptions { Name = "counter", Run = new ProcessRunOptions { Command = ["/bin/sh", "-c", script], User = "root" } };
        }

        public int Count => System.IO.File.Exists(File("count")) && int.TryParse(System.IO.File.ReadAllText(File("count")), out var count) ? count : 0;

        public string File(string name) => Path.Combine(_directory.Path, name);

        public async Task<IInstance> StartAsync()
        {
            var instance = await _runtime.CreateAsync(_function, default);
            await instance.StartAsync(default);
            return instance;
        }

        public void Dispose()
        {
            _runtime.Dispose();
            _directory.Dispose();
        }
    }
}
