using System.Diagnostics;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>A container that is not well yet takes no requests; whose engine looks every half minute is not waited for so long.</summary>
[Collection("docker")]
public sealed class HealthTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    // It listens at once and is well two seconds later.
    private const string Slow = "sh -c '(busybox sleep 2; busybox touch /well) & exec busybox httpd -f -p $PORT'";

    private static readonly string[] WellTest = ["CMD", "/bin/busybox", "test", "-e", "/well"];

    [Fact]
    public async Task Healthy_CheckOfTheImage_IsAwaited()
    {
        await Engine.BuildAsync("unwell:1", Slow, "SIGKILL", "ENV PATH=/bin\nHEALTHCHECK CMD busybox test -e /well || { echo not yet; exit 1; }");
        await using var instance = await StartedAsync(Function.With(run => run with { Image = "unwell:1" }));
        var begin = Stopwatch.GetTimestamp();

        var healthy = instance.HealthyAsync(default);
        await Eventually.True(() => Task.FromResult(instance.Unhealthy == "it ended with exit code 1 and said: not yet"), instance.Unhealthy ?? "nothing");
        await healthy.WaitAsync(Patience);

        Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 0.5, 15);
        Assert.Null(instance.Unhealthy);
        Assert.Equal("starting", await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Health.Status}}"));
    }

    [Fact]
    public async Task Healthy_CheckOfTheConfiguration_StandsForTheImages()
    {
        await Engine.BuildAsync("unwell:2", Slow, "SIGKILL", "ENV PATH=/bin\nHEALTHCHECK CMD exit 1");
        var check = new HealthCheckOptions { Test = WellTest, Interval = TimeSpan.FromSeconds(1.5), Timeout = TimeSpan.FromSeconds(20), Retries = 5, StartPeriod = TimeSpan.FromSeconds(3) };
        await using var instance = await StartedAsync(Function.With(run => run with { Image = "unwell:2", HealthCheck = check }));

        await instance.HealthyAsync(default).WaitAsync(Patience);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal("[CMD /bin/busybox test -e /well] 1.5s 20s 3s 5", await InspectAsync(
            id, "{{with .Config.Healthcheck}}{{.Test}} {{.Interval}} {{.Timeout}} {{.StartPeriod}} {{.Retries}}{{end}}"));
        // The engine's own checks go on.
        await Eventually.True(async () => await InspectAsync(id, "{{.State.Health.Status}}") == "healthy", "healthy");
    }

    [Fact]
    public async Task Healthy_TimesOfTheConfiguration_AreForTheImagesCheck()
    {
        await Engine.BuildAsync("unwell:3", "httpd -f -p $PORT", "SIGKILL", "HEALTHCHECK --interval=1h CMD /bin/busybox true");
        await using var instance = await StartedAsync(
            Function.With(run => run with { Image = "unwell:3", HealthCheck = new HealthCheckOptions { Interval = TimeSpan.FromSeconds(1) } }));

        var id = Assert.Single(await ContainersAsync());
        await Eventually.True(async () => await InspectAsync(id, "{{.State.Health.Status}}") == "healthy", "healthy");
        await instance.HealthyAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task Healthy_SwitchedOff_IsNotAwaited()
    {
        await Engine.BuildAsync("unwell:4", "httpd -f -p $PORT", "SIGKILL", "HEALTHCHECK CMD exit 1");
        await using var instance = await StartedAsync(Function.With(run => run with { Image = "unwell:4", HealthCheck = HealthCheckOptions.None }));

        Assert.True(instance.HealthyAsync(default).IsCompletedSuccessfully);

        Assert.Equal("<nil>", await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Health}}"));
    }

    [Fact]
    public async Task Healthy_EngineSaysSoFirst_IsEnough()
    {
        // Once it has been asked it says no to everybody.
        var check = new HealthCheckOptions { Test = ["CMD-SHELL", "/bin/busybox mkdir /asked"], Interval = TimeSpan.FromMilliseconds(500) };
        await using var instance = await StartedAsync(Function.With(run => run with { HealthCheck = check }));
        var id = Assert.Single(await ContainersAsync());
        await Eventually.True(async () => (await InspectAsync(id, "{{range .State.Health.Log}}{{.ExitCode}} {{end}}")).StartsWith("0 ", StringComparison.Ordinal), "the engine's first check");

        await instance.HealthyAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task Prepare_TimesWithoutACheck_SayWhatIsMissing()
    {
        var function = Function.With(run => run with { HealthCheck = new HealthCheckOptions { Retries = 2 } });

        var error = await Assert.ThrowsAsync<RuntimeException>(() => NewRuntime().PrepareAsync(function, default));

        Assert.Equal($"Gateway:Functions:{Function.Name}:HealthCheck: the image '{TestEngine.Image}' has no health check that could be timed; write a Test", error.Message);
    }
}
