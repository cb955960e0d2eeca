using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The first request after the start of a gateway, beside those that follow.</summary>
public sealed class FirstRequestTests
{
    [Fact]
    public async Task FirstRequest_AfterStart_CostsAtMostTwiceTheTenth()
    {
        // A running function, so that only the gateway's own cold start is left to be seen.
        var ratios = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            await using var edge = await LifeTests.StartAsync(hello => hello["Scale"] = new JsonObject { ["Min"] = 1 });
            await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].State == "Running");
            var times = new List<double>();
            for (var i = 0; i < 10; i++)
            {
                times.Add((await edge.GetAsync(port: Edge.HttpsPort)).ThrowIfFailed().StartTransfer);
            }

            ratios.Add(times[0] / times.Skip(5).Order().ElementAt(2));
        }

        Assert.InRange(ratios.Order().ElementAt(1), 0, 2);
    }
}
