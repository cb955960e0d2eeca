using System.Diagnostics;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>How long a stop takes: programs that do not hear their signal, programs that take their time, and those who wait.</summary>
[Collection("docker")]
public sealed class StopTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("SIGRTMIN+3")]
    public async Task Stop_ProgramWithoutAHandler_IsKilledAtOnce(string stopSignal)
    {
        var image = "deaf:" + stopSignal.ToLowerInvariant().Replace('+', '.');
        await Engine.BuildAsync(image, "httpd -f -p $PORT", stopSignal);
        await using var instance = await StartedAsync(Function.With(run => run with { Image = image }));

        Assert.InRange(await TimeStopAsync(instance), TimeSpan.Zero, AtOnce);

        Assert.Equal(137, (await instance.Exited).ExitCode);
    }

    [Fact]
    public async Task Stop_ShellThatIgnoresTheSignalForItsChild_IsKilledAtOnce()
    {
        await using var instance = await StartedAsync(ShellFunction("trap '' TERM; /bin/busybox httpd -f -p $PORT & wait"));

        Assert.InRange(await TimeStopAsync(instance), TimeSpan.Zero, AtOnce);
    }

    [Fact]
    public async Task Stop_SlowHandler_HasItsStopTimeout()
    {
        await using var instance = await ListeningAsync(Function.With(run => run with { Image = TestEngine.PatientImage, StopTimeout = TimeSpan.FromSeconds(2.5) }));

        Assert.InRange((await TimeStopAsync(instance)).TotalSeconds, 2.4, 8);

        Assert.Equal(137, (await instance.Exited).ExitCode);
    }

    [LongFact]
    public async Task Stop_SlowHandler_HasTenSecondsWhileNobodyWaits()
    {
        await using var instance = await ListeningAsync(Function.With(run => run with { Image = TestEngine.PatientImage }));

        Assert.InRange((await TimeStopAsync(instance)).TotalSeconds, 9.5, 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_SlowHandlerAndSomebodyWaits_IsCutShort(bool before)
    {
        // As node does: the handler puts the signal back to its default and raises it, which is nothing to the first process.
        await using var instance = await ListeningAsync(ShellFunction("trap 'trap - TERM; kill -TERM $$' TERM; /bin/busybox httpd -f -p $PORT & while :; do wait; done"));
        if (before)
        {
            instance.Hurry();
        }

        var stop = TimeStopAsync(instance);
        if (!before)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            Assert.False(stop.IsCompleted);
            instance.Hurry();
        }

        Assert.InRange(await stop, TimeSpan.Zero, AtOnce);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_SomebodyWaitsForAProgramWithSomethingToLose_EndsByItself(bool written)
    {
        var function = ShellFunction("trap '/bin/busybox sleep 3; exit 7' TERM; /bin/busybox httpd -f -p $PORT & while :; do wait; done");
        await using var instance = await ListeningAsync(written
            ? function.With(run => run with { StopTimeout = TimeSpan.FromSeconds(20) })
            : function.With(run => run with { Volumes = [new VolumeMount(VolumeKind.Own, "", "/data")] }));
        instance.Hurry();

        await instance.StopAsync(default).WaitAsync(Patience);

        Assert.Equal(7, (await instance.Exited).ExitCode);
    }

    [Fact]
    public async Task Stop_BehindInit_IsEndedByTheSignalItself()
    {
        await using var instance = await ListeningAsync(ShellFunction("exec /bin/busybox httpd -f -p $PORT").With(run => run with { Init = true }));

        Assert.InRange(await TimeStopAsync(instance), TimeSpan.Zero, AtOnce);

        Assert.Equal(143, (await instance.Exited).ExitCode);
    }

    [Fact]
    public async Task Adopt_OutdatedProgramWithoutAHandler_IsKilledAtOnce()
    {
        var image = "deaf:old";
        await Engine.BuildAsync(image, "httpd -f -p $PORT", "SIGTERM");
        await using (var before = NewRuntime())
        {
            await (await StartedAsync(Function.With(run => run with { Image = image }), before)).DisposeAsync();
        }

        var begin = Stopwatch.GetTimestamp();
        Assert.Empty(await NewRuntime().AdoptAsync(Function.With(run => run with { Image = image, Port = 8081 }), default));

        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, AtOnce);
    }

    private FunctionOptions ShellFunction(string script) => Function.With(run => run with { Image = TestEngine.PatientImage, Command = ["/bin/sh", "-c", script] });

    /// <summary>A started instance whose program has got so far that it listens: its handlers are set.</summary>
    private async Task<IInstance> ListeningAsync(FunctionOptions function)
    {
        var instance = await StartedAsync(function);
        Assert.Contains("404 Not Found", await AskAsync(instance), StringComparison.Ordinal);
        return instance;
    }

    private static async Task<TimeSpan> TimeStopAsync(IInstance instance)
    {
        var begin = Stopwatch.GetTimestamp();
        await instance.StopAsync(default).WaitAsync(Patience);
        return Stopwatch.GetElapsedTime(begin);
    }
}
