using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Gateway.Tests.Configuration;
using Gateway.Tests.Kernels;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>Real programs that want more than their function may have.</summary>
[OnEveryKernel]
public sealed class LimitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly ProcessRuntime _runtime;

    public LimitTests() => _runtime = new ProcessRuntime(Cgroup.FindRoot(), _directory.Path, TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _runtime.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Memory_Reached_EndsTheProgramAndIsTold()
    {
        var exit = await RunAsync(new ProcessRunOptions { Command = ["/bin/busybox", "awk", "BEGIN { s = \"headstart\"; while (1) s = s s }"], Memory = 32 << 20 });

        Assert.Equal((137, "signal 9 (killed for using more memory than its Memory of 32 MiB), and it said nothing.", false), (exit.ExitCode, exit.Reason, exit.ByOthers));
    }

    [Fact]
    public async Task Pids_Reached_RefusesTheNextAndIsTold()
    {
        var exit = await RunAsync(new ProcessRunOptions { Command = ["/bin/sh", "-c", "for n in 1 2 3 4 5 6; do /bin/busybox sleep 100 & done; exit 9"], Pids = 4 });

        Assert.NotEqual(9, exit.ExitCode);
        Assert.Contains(" (it wanted more processes than its Pids of 4)", exit.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_NotReached_AreNotTold()
    {
        var exit = await RunAsync(new ProcessRunOptions { Command = ["/bin/sh", "-c", "/bin/busybox true; exit 9"], Pids = 4, Memory = 32 << 20 });

        Assert.Equal((9, "exit code 9, and it said nothing."), (exit.ExitCode, exit.Reason));
    }

    [Fact]
    public async Task Prepare_NoCgroups_RefusesALimit()
    {
        using var runtime = new ProcessRuntime(cgroupRoot: null, _directory.Path, TimeProvider.System, NullLogger.Instance);

        var error = await Assert.ThrowsAsync<RuntimeException>(() => runtime.PrepareAsync(Function(new ProcessRunOptions { Command = ["/bin/sh"], Pids = 4 }), default));

        Assert.Equal("Gateway:Functions:greedy:Pids: the gateway has no cgroups here (event 3001); run the gateway as root or with a delegated cgroup (docs/operating.md), or remove Pids.", error.Message);
    }

    private static FunctionOptions Function(ProcessRunOptions run) => new() { Name = "greedy", Run = run };

    private async Task<InstanceExit> RunAsync(ProcessRunOptions run)
    {
        await _runtime.PrepareAsync(Function(run), default);
        await using var instance = await _runtime.CreateAsync(Function(run), default);
        await instance.StartAsync(default);
        return await instance.Exited.WaitAsync(Patience, TimeProvider.System);
    }
}
