using System.Globalization;
using System.Net;
using Gateway.Lab.Processes;
using Gateway.Tests.Deploy;
using Xunit;

namespace Gateway.Tests.Kernels;

/// <summary>The wall clock is set while clients are served. It is the machine's, so that is done in machines of the tests' own and nowhere else.</summary>
[OnEveryKernel]
public sealed class ClockStepTests(ThisKernelGateway gateway) : IClassFixture<ThisKernelGateway>
{
    [Theory(Explicit = true)]
    [InlineData(-86_400 * 3)]
    [InlineData(86_400 * 3)]
    public async Task WallClock_Set_WhileClientsAreServed_NothingIsLostAndRestsAndWakesGoOn(int seconds)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(ThisKernelGateway.Program) is null, "This is not a machine of the tests' own");
        await RequestAsync();
        using var end = new CancellationTokenSource();
        var clients = Task.Run(async () =>
        {
            var answered = 0;
            for (; !end.IsCancellationRequested; answered++)
            {
                await RequestAsync();
            }

            return answered;
        });

        await StepAsync(seconds);
        // It is started, has rested and is started again, all under the new time.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await gateway.RestAsync("over6", "Stopped");
            (await gateway.Process.Admin.PostAsync("/api/functions/over6/wake", null)).EnsureSuccessStatusCode();
            await Eventually.True(async () => await gateway.StateAsync("over6") == "Running");
        }

        await gateway.RestAsync("paused", "Paused");
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync("paused"), StringComparison.Ordinal);
        await end.CancelAsync();
        Assert.InRange(await clients, 1, int.MaxValue);
        Assert.Equal("Running", await gateway.StateAsync("over4"));
        Assert.All(await gateway.Process.ColdStartsAsync("paused"), start => Assert.All(start.Phases.Values, micros => Assert.InRange(micros ?? 0, 0, 60_000_000)));
    }

    private static async Task StepAsync(int seconds)
    {
        var then = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds;
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "date", Arguments = ["-s", string.Create(CultureInfo.InvariantCulture, $"@{then}")] })).ThrowIfFailed();
        Assert.InRange(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), then, then + 60);
    }

    private async Task RequestAsync() => Assert.StartsWith("HTTP/1.1 200 ", await GetAsync("over4"), StringComparison.Ordinal);

    private Task<string> GetAsync(string function) => PatientClient.GetAsync(
        gateway.Space, new IPEndPoint(IPAddress.Loopback, ThisKernelGateway.Ports[function]), () => Task.FromResult(true));
}
