using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Process;
using Gateway.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>Programs that are not well as soon as they run, and the checks that say so.</summary>
public sealed class HealthTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly ProcessRuntime _runtime;

    public HealthTests()
    {
        // The program's user looks into it.
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
        _runtime = new ProcessRuntime(Cgroup.FindRoot(), _directory.Path, TimeProvider.System, NullLogger.Instance);
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Healthy_AProgramThatIsWellLater_IsWaitedFor()
    {
        var well = Path.Combine(_directory.Path, "well");
        await using var instance = await StartedAsync(new HealthCheckOptions { Test = ["CMD-SHELL", $"test -e {well} || {{ echo not yet; exit 3; }}"] });

        var healthy = instance.HealthyAsync(default);
        await Eventually.True(() => instance.Unhealthy == "it ended with exit code 3 and said: not yet");
        Assert.False(healthy.IsCompleted);
        await File.WriteAllTextAsync(well, "");
        await healthy.WaitAsync(Patience, TimeProvider.System);

        Assert.Null(instance.Unhealthy);
    }

    // What root may do is not what the function may do.
    [Fact]
    public async Task Healthy_TheCheck_IsTheProgramsUserAndKnowsItsPort()
    {
        await using var instance = await StartedAsync(new HealthCheckOptions { Test = ["CMD-SHELL", "test $(id -u) = 1234 && test $PORT = 8123 && test $SECRET = word"] });

        await instance.HealthyAsync(default).WaitAsync(Patience, TimeProvider.System);

        Assert.Null(instance.Unhealthy);
    }

    [Fact]
    public async Task Healthy_ACheckThatHangs_IsEndedAndTriedAgain()
    {
        var tries = Path.Combine(_directory.Path, "tries");
        await File.WriteAllTextAsync(tries, "");
        File.SetUnixFileMode(tries, (UnixFileMode)0b110_110_110);
        var check = new HealthCheckOptions { Test = ["CMD-SHELL", $"echo try >> {tries}; test $(wc -l < {tries}) -gt 1 || sleep 1000"], Timeout = TimeSpan.FromSeconds(1) };
        await using var instance = await StartedAsync(check);

        var healthy = instance.HealthyAsync(default);
        await Eventually.True(() => healthy.IsCompleted || instance.Unhealthy == "it did not end within 1 s");
        await healthy.WaitAsync(Patience, TimeProvider.System);

        Assert.Equal("try\ntry\n", await File.ReadAllTextAsync(tries));
    }

    [Fact]
    public async Task Healthy_TheStartIsGivenUp_EndsTheCheck()
    {
        using var gaveUp = new CancellationTokenSource();
        await using var instance = await StartedAsync(new HealthCheckOptions { Test = ["CMD", "/bin/sleep", "1000"] });

        var healthy = instance.HealthyAsync(gaveUp.Token);
        await gaveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => healthy.WaitAsync(Patience, TimeProvider.System));
    }

    private async Task<IInstance> StartedAsync(HealthCheckOptions check)
    {
        var run = new ProcessRunOptions
        {
            Command = ["/bin/sleep", "1000"], Port = 8123, User = "1234:1234", HealthCheck = check, StopTimeout = TimeSpan.Zero, Environment = new Dictionary<string, string> { ["SECRET"] = "word" },
        };
        var function = new FunctionOptions { Name = "unwell", Run = run };
        await _runtime.PrepareAsync(function, default);
        var instance = await _runtime.CreateAsync(function, default);
        await instance.StartAsync(default);
        return instance;
    }
}
