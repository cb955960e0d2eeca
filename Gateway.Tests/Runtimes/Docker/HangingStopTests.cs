using System.Globalization;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>An engine that takes a stop and does not come back from it.</summary>
[Collection("docker")]
public sealed class HangingStopTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    // 20 s: a shim that stands still answers containerd as little as one that is stuck in the kernel.
    [LongFact]
    public async Task Stop_ThatHangs_FailsInItsTimeAndIsTriedAnew()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);
        var shim = ShimOf(Assert.Single(await ContainersAsync()));
        await SignalAsync(shim, "STOP");
        try
        {
            var error = await Assert.ThrowsAsync<RuntimeException>(() => instance.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.Contains("not stopped", error.Message, StringComparison.Ordinal);
            Assert.False(instance.Exited.IsCompleted);
        }
        finally
        {
            await SignalAsync(shim, "CONT");
        }

        await instance.StopAsync(default).WaitAsync(Patience);

        await instance.Exited.WaitAsync(Patience);
        Assert.Single(await ContainersAsync(state: "exited"));
    }

    private static int ShimOf(string container) => Directory.EnumerateDirectories("/proc")
        .Select(path => (Known: int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id), Id: id))
        .Where(process => process.Known)
        .First(process => CommandLine(process.Id) is var line && line.Contains("containerd-shim", StringComparison.Ordinal) && line.Contains(container, StringComparison.Ordinal)).Id;

    private static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            // It has ended.
            return "";
        }
    }

    private static async Task SignalAsync(int process, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{process}"]);
        await kill.WaitForExitAsync();
    }
}
