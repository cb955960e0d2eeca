using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A function with another version, which a part of its clients gets.</summary>
[SideBySide]
public sealed class SplitTests
{
    private const int Clients = 120;

    [Fact]
    public async Task Clients_GetTheirVersionEachTime_InTheParts()
    {
        var (hello, next) = (await Edge.HelloAsync("Syn", bootMilliseconds: 0), await Edge.HelloAsync("Syn", bootMilliseconds: 0));
        hello["Split"] = new JsonArray(new JsonObject { ["Function"] = "next", ["Percent"] = 30 });
        next.Remove("Listen");
        await using var edge = await Edge.StartAsync(TimeSpan.Zero, _ => new JsonObject { ["hello"] = hello, ["next"] = next });

        var first = await ProgramsAsync(edge);
        var second = await ProgramsAsync(edge);

        Assert.Equal(Clients, first.Length);
        Assert.Equal(first, second);
        // 36 are expected, with a standard deviation of 5.
        var programs = first.CountBy(program => program).Select(pair => pair.Value).Order().ToArray();
        Assert.Equal(2, programs.Length);
        Assert.InRange(programs[0], 20, 52);

        await edge.SleepAsync("next");
        Assert.Equal(["Running", "Stopped"], (await edge.Gateway.FunctionsAsync()).OrderBy(function => function.Name, StringComparer.Ordinal).Select(function => function.State));
    }

    // Each client is an address of this machine, and each program tells which one it is.
    private static async Task<string[]> ProgramsAsync(Edge edge)
    {
        var command = $"for i in $(seq 1 {Clients}); do curl --silent --max-time 20 --interface 127.0.1.$i --output /dev/null --write-out '%header{{x-instance}}\\n' http://127.0.0.1:{Edge.HttpPort}/; done";
        var answer = (await edge.Network.Server.ExecuteAsync("sh", "-c", command)).ThrowIfFailed();
        return [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
