using System.Diagnostics;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Kernels;
using Gateway.Tests.Runtimes.Docker;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>Containers that go on ahead of the very programs that engines run to let them: runc and crun.</summary>
[OnEveryKernel]
public sealed class OciRuntimeTests(ITestOutputHelper output)
{
    private readonly EarlyThaw _thaw = new(TestEngine.Freezer, new BackgroundWork(NullLogger.Instance));

    /// <summary>crun wants cgroups mounted one way or the other, not both.</summary>
    public static TheoryData<string> Runtimes => TestFreezer.IsLegacy ? ["runc"] : ["runc", "crun"];

    [Theory]
    [MemberData(nameof(Runtimes))]
    public async Task Resume_WhatWentAheadOfIt_SucceedsAndNothingStandsStillForIt(string runtime)
    {
        await using var container = await OciContainer.StartAsync(runtime);
        string[] cgroups = [container.Cgroup];
        var home = TestFreezer.IsLegacy ? TestEngine.Freezer.Of(container.Cgroup)! : container.Cgroup;
        var (took, alone) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 0; round < 3; round++)
        {
            await SucceedsAsync(container, "pause");
            alone = Least(alone, await SucceedsAsync(container, "resume"));

            await SucceedsAsync(container, "pause");
            var began = Stopwatch.GetTimestamp();
            Assert.True(_thaw.Thaw(cgroups));
            took = Least(took, Stopwatch.GetElapsedTime(began));
            await Eventually.True(() => TestFreezer.Stands(home) == false);
            await _thaw.FollowAsync(cgroups, () => SucceedsAsync(container, "resume"));
        }

        await Eventually.True(() => TestFreezer.Stands(home) == false);
        Assert.False(TestFreezer.IsHeld(home));
        Assert.Contains("\"running\"", (await container.CommandAsync("state")).Output, StringComparison.Ordinal);
        output.WriteLine($"{runtime}: {took.TotalMilliseconds:0.00} ms ahead, {alone.TotalMilliseconds:0} ms by the runtime");
        KernelFacts.Report($"a paused container of {runtime} is woken ahead of it", $"in {took.TotalMilliseconds:0.0} ms; it takes {alone.TotalMilliseconds:0}");
        Assert.True(took < alone / 2, $"{took}, {alone}");
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static async Task<TimeSpan> SucceedsAsync(OciContainer container, string command)
    {
        var (code, said, took) = await container.CommandAsync(command);
        Assert.True(code == 0, $"{command}: {said}");
        return took;
    }
}
