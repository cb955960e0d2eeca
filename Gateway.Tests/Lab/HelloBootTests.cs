using System.Diagnostics;
using System.Net;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>What the sample's environment asks of its start.</summary>
public sealed class HelloBootTests
{
    [Theory]
    [InlineData("BOOT_MS")]
    [InlineData("BOOT_BUSY_MS")]
    public async Task Start_BootTime_ListensNotSooner(string variable)
    {
        using var space = NetworkNamespace.Create();
        var started = Stopwatch.GetTimestamp();

        await using var hello = await HelloSample.StartAsync(space, environment: Environment(variable, "150"));

        Assert.True(Stopwatch.GetElapsedTime(started).TotalMilliseconds >= 150);
    }

    [Fact]
    public async Task Start_ListenDelay_ConnectsBut503UntilThen()
    {
        using var space = NetworkNamespace.Create();
        await using var hello = await HelloSample.StartAsync(space, environment: Environment("LISTEN_DELAY_MS", "700"));
        using var client = space.CreateHttpClient();
        var listening = Stopwatch.GetTimestamp();
        HashSet<HttpStatusCode> early = [];
        while (Stopwatch.GetElapsedTime(listening).TotalSeconds < 20)
        {
            using var response = await client.GetAsync("http://127.0.0.1:8080/healthz");
            if (response.IsSuccessStatusCode)
            {
                break;
            }

            early.Add(response.StatusCode);
        }

        // The line that tells of listening arrives after it: allow for that.
        Assert.InRange(Stopwatch.GetElapsedTime(listening).TotalMilliseconds, 400, 10_000);
        Assert.Equal([HttpStatusCode.ServiceUnavailable], early);
    }

    [Fact]
    public async Task Start_Fail_EndsWithTheCodeAndNeverListens()
    {
        using var space = NetworkNamespace.Create();
        await using var hello = LabProcess.Start(new LabProcessOptions
        {
            FileName = await HelloSample.BuildAsync(), Namespace = space, Environment = Environment("FAIL", "9"),
        });

        Assert.Equal(9, await hello.Exited);
        Assert.Equal(["hello: failing as asked"], hello.Lines);
    }

    [Theory]
    [InlineData("PORT", "0")]
    [InlineData("PORT", "many")]
    [InlineData("BOOT_MS", "-1")]
    public async Task Start_BadNumber_EndsWithTwoAndNamesIt(string variable, string value)
    {
        await using var hello = LabProcess.Start(new LabProcessOptions
        {
            FileName = await HelloSample.BuildAsync(), Environment = Environment(variable, value),
        });

        Assert.Equal(2, await hello.Exited);
        Assert.Contains($"{variable} is", Assert.Single(hello.Lines), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Environment(string name, string value) => new() { [name] = value };
}
