using System.Diagnostics;
using System.Globalization;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Kernels;
using Gateway.Tests.Runtimes.Docker;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>cgroup v2's freezer on a cgroup of the test's own, with what an OCI runtime does played by a shell.</summary>
[OnEveryKernel]
public sealed class UnifiedFreezerTests : IAsyncLifetime
{
    /// <summary>
    /// runc resume: refuses unless it reads "1" and finds all frozen, and writes "0" (libcontainer/cgroups/fs2/freezer.go). In the shell's own words: from the
    /// look to the write it starts no program, as runc does not.
    /// </summary>
    private const string Runc =
        """read s <cgroup.freeze; [ "$s" = 1 ] || exit 3; f=0; while read k v; do [ "$k $v" = "frozen 1" ] && f=1; done <cgroup.events; [ $f = 1 ] || exit 4; echo 0 >cgroup.freeze""";

    /// <summary>crun resume: writes and does not look.</summary>
    private const string Crun = "echo 0 >cgroup.freeze";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _context = Path.Combine(TestEngine.CgroupRoot!, $"headstart-freezer-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private readonly UnifiedFreezer _freezer = new();
    private Process _program = null!;

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_context);
        _program = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        File.WriteAllText(Path.Combine(_context, "cgroup.procs"), _program.Id.ToString(CultureInfo.InvariantCulture));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _program.Kill();
        await _program.WaitForExitAsync();
        _program.Dispose();
        await Eventually.True(() =>
        {
            try
            {
                Directory.Delete(_context);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Thaw_Frozen_GoesOnAndWhatIsNotFrozenIsLeft()
    {
        Assert.False(_freezer.Thaw(_context));

        Assert.True(_freezer.Freeze(_context));
        await StandsAsync(frozen: true);
        Assert.True(_freezer.Thaw(_context));
        await StandsAsync(frozen: false);
    }

    [Theory]
    [InlineData(Runc)]
    [InlineData(Crun)]
    public async Task Follow_TheRuntimeResumes_FindsItFrozenAndItGoesOn(string runtime)
    {
        await AheadAsync();

        await _freezer.FollowAsync(_context, async () => Assert.Equal(0, await RunAsync(runtime)));

        await StandsAsync(frozen: false);
        Assert.Equal("0", State);
    }

    /// <summary>The runtime's own time before it looks and after it wrote is not stood still for.</summary>
    [Fact]
    public async Task Follow_TheRuntimeTakesItsTime_StandsStillForTheLookAlone()
    {
        await AheadAsync();
        var (began, still, last) = (Stopwatch.GetTimestamp(), TimeSpan.Zero, Stopwatch.GetTimestamp());

        await _freezer.FollowAsync(_context, async () =>
        {
            var runtime = RunAsync($"sleep 0.5; {Runc}; sleep 0.5");
            while (!runtime.IsCompleted)
            {
                var stands = IsFrozen;
                still += stands ? Stopwatch.GetElapsedTime(last) : TimeSpan.Zero;
                last = Stopwatch.GetTimestamp();
                await Task.Yield();
            }

            Assert.Equal(0, await runtime);
        });

        KernelFacts.Report("a container thawed ahead of runc (cgroup v2) stands still", $"{still.TotalMilliseconds:0.0} ms of {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0}");
        Assert.InRange(still, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Follow_SomebodyOnlyLooks_GoesOnBeforeTheEngineIsDone()
    {
        await AheadAsync();

        await _freezer.FollowAsync(_context, async () =>
        {
            Assert.Equal(0, await RunAsync("cat cgroup.freeze"));
            await StandsAsync(frozen: false);
            // The engine's runtime after all: what is not stopped at the door twice finds it as it is.
            Assert.Equal(3, await RunAsync(Runc));
        });

        await StandsAsync(frozen: false);
    }

    [Fact]
    public async Task Follow_TheEngineFails_GoesOnAsBefore()
    {
        await AheadAsync();

        await Assert.ThrowsAsync<RuntimeException>(() => _freezer.FollowAsync(_context, () => throw new RuntimeException("away")));

        await StandsAsync(frozen: false);
        // The door is gone: nobody is stopped at it.
        Assert.Equal(3, await RunAsync(Runc));
    }

    [Fact]
    public async Task Follow_TheCgroupIsGone_LeavesItToTheEngine()
    {
        var asked = false;

        await _freezer.FollowAsync(_context + "-gone", () =>
        {
            asked = true;
            return Task.CompletedTask;
        });

        Assert.True(asked);
    }

    /// <summary>crun with systemd's cgroups freezes one below the container's scope.</summary>
    [Fact]
    public async Task Thaw_FrozenOneBelow_IsThawedThere()
    {
        var inner = Path.Combine(_context, "container");
        Directory.CreateDirectory(inner);
        File.WriteAllText(Path.Combine(inner, "cgroup.procs"), _program.Id.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(Path.Combine(inner, "cgroup.freeze"), "1");

        Assert.True(_freezer.Thaw(_context));
        Assert.Equal("0", (await File.ReadAllTextAsync(Path.Combine(inner, "cgroup.freeze"))).Trim());

        File.WriteAllText(Path.Combine(_context, "cgroup.procs"), _program.Id.ToString(CultureInfo.InvariantCulture));
        Directory.Delete(inner);
    }

    private string State => File.ReadAllText(Path.Combine(_context, "cgroup.freeze")).Trim();

    private bool IsFrozen => File.ReadLines(Path.Combine(_context, "cgroup.events")).Contains("frozen 1", StringComparer.Ordinal);

    private async Task AheadAsync()
    {
        Assert.True(_freezer.Freeze(_context));
        await StandsAsync(frozen: true);
        Assert.True(_freezer.Thaw(_context));
        await StandsAsync(frozen: false);
    }

    private Task StandsAsync(bool frozen) => Eventually.True(() => IsFrozen == frozen, frozen ? "stands still" : "goes on");

    private async Task<int> RunAsync(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { WorkingDirectory = _context, RedirectStandardOutput = true })!;
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }
}
