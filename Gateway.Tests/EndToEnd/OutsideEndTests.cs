using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Containers that somebody ends or restarts by hand, within seconds of their start: no client hears of it, and it is no failed start.</summary>
[SideBySide]
public sealed class OutsideEndTests
{
    [Theory]
    [InLongRuns("kill")]
    [InLongRuns("stop --time 1")]
    [InLongRuns("restart --time 1")]
    [InlineData("rm --force")]
    public async Task Container_EndedByHandSoonAfterItsStart_TheNextRequestIsServed(string command)
    {
        var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        await using var docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = lab.Server });
        await docker.ImportImageAsync("hello:1", new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 300);
        hello.Remove("Command");
        (hello["Runtime"], hello["Image"], hello["Network"], hello["Port"]) = ("Docker", "hello:1", "host", 8080);
        await using var edge = await Edge.StartAsync(
            lab, new JsonObject { ["hello"] = hello }, new JsonObject { ["Docker"] = new JsonObject { ["Endpoint"] = docker.Endpoint.ToString() } });

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

            var container = (await docker.DockerAsync("ps", "--quiet", "--latest", "--filter", "label=headstart.function=hello")).Trim();
            var ending = docker.DockerAsync([.. command.Split(' '), container]);
            do
            {
                // While it goes on and when it is over.
                Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
            }
            while (!ending.IsCompleted);
            try
            {
                await ending;
            }
            catch (LabException gone) when (gone.Message.Contains("No such container", StringComparison.Ordinal))
            {
                // One that was restarted by hand may have met the start of another in its place: it was one too many, and the gateway was first.
            }
        }

        Assert.DoesNotContain(edge.Gateway.Log, line => line.Contains("could not be started", StringComparison.Ordinal));
    }
}
