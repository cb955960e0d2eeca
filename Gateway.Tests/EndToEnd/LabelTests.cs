using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Containers that are functions by their labels alone, with nothing of them in a file.</summary>
[SideBySide]
public sealed class LabelTests(SharedEngines engines) : UsersContainersTest(engines), IClassFixture<SharedEngines>
{
    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Labels_MakeAFunctionOfAContainerAndFollowIt(string runtime)
    {
        await StartDiscoveringAsync(runtime);
        Assert.EndsWith("\n404", (await AskHostAsync("one.example")).Output, StringComparison.Ordinal);

        var first = await MakeLabelledAsync(runtime, Box, Port, "name=one", "hosts=one.example,uno.example", "idle.after=00:00:01", $"listen=http://127.0.0.1:{Listen}");
        await BecomesAsync("one", "Stopped");
        // The function is known a moment before its route leads there.
        await Eventually.True(() => Gateway.Log.Any(line => line.Contains("Every part follows the new configuration", StringComparison.Ordinal)));
        await ServesAsync("one.example");
        await ServesAsync("uno.example");
        await GetAsync();
        await BecomesAsync("one", "Stopped");
        Assert.Equal("exited", await StateAsync(runtime, first));

        // Made anew it is the same function, and a request that comes in between waits for it.
        await Engines.RunAsync(runtime, "rm", first);
        var held = ServesAsync("one.example");
        await Task.WhenAny(held, Eventually.True(async () => (await FindAsync("one"))!["inFlight"]!.GetValue<int>() > 0, "the request waits"));
        var second = await MakeLabelledAsync(runtime, Box, Port, "name=one", "hosts=one.example", "idle.after=00:05:00", $"listen=http://127.0.0.1:{Listen}");
        await held.WaitAsync(Soon);
        Assert.Equal("running", await StateAsync(runtime, second));
        await Eventually.True(async () => (await AskHostAsync("uno.example")).Output.EndsWith("\n404", StringComparison.Ordinal), "a host name that was taken away leads nowhere");

        // The next gateway has it from its first moment on, as it runs.
        await EndAsync();
        await StartDiscoveringAsync(runtime);
        await BecomesAsync("one", "Running");
        await ServesAsync("one.example");
        Assert.Empty(await Gateway.ColdStartsAsync("one"));
        Assert.Equal("running", await StateAsync(runtime, second));
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Labels_ThatAreWrong_RejectThatFunctionAloneUntilTheyAreRight(string runtime)
    {
        var (bad, late) = ($"bad-{Port}", $"late-{Port}");
        await MakeLabelledAsync(runtime, Box, Port, "name=good", "hosts=good.example");
        await MakeLabelledAsync(runtime, bad, Engines.NextPort(), "name=bad", "hosts=bad.example", "idle.after=soon");
        await StartDiscoveringAsync(runtime, ("file", await ProcessAsync()));

        await BecomesAsync("bad", "Rejected");
        await ServesAsync("good.example");
        await GetAsync();
        var sentence = $"label headstart.idle.after of container {bad}: 'soon' is not a time";
        Assert.StartsWith(sentence, (await FindAsync("bad"))!["failure"]!.GetValue<string>(), StringComparison.Ordinal);
        await Gateway.WaitForLogAsync(line => line.Contains(sentence, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Single(Gateway.Log, line => line.Contains(sentence, StringComparison.Ordinal));
        var configuration = JsonNode.Parse(await Gateway.Admin.GetStringAsync("/api/gateway"))!["configuration"]!;
        Assert.Empty(configuration["errors"]!.AsArray());
        Assert.StartsWith(sentence, configuration["rejected"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);

        // One with a name of the file's, and one with a host of the older one's.
        await MakeLabelledAsync(runtime, $"file-{Port}", Engines.NextPort(), "name=file", "hosts=file.example");
        await MakeLabelledAsync(runtime, late, Engines.NextPort(), "name=late", "hosts=good.example");
        await BecomesAsync($"file-{Port}", "Rejected");
        await BecomesAsync("late", "Rejected");
        Assert.Contains("appsettings.json has a function 'file', which is in use instead", (await FindAsync($"file-{Port}"))!["failure"]!.GetValue<string>(), StringComparison.Ordinal);
        await ServesAsync("good.example");
        await GetAsync();

        await Engines.RunAsync(runtime, "rm", bad);
        await MakeLabelledAsync(runtime, bad, Engines.NextPort(), "name=bad", "hosts=bad.example");
        await BecomesAsync("bad", "Stopped");
        await ServesAsync("bad.example");
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Labels_OfAContainerThatIsGone_AreForgottenAfterAWhile(string runtime)
    {
        var box = await MakeLabelledAsync(runtime, Box, Port, "name=one", "hosts=one.example");
        await StartDiscoveringAsync(runtime);
        await ServesAsync("one.example");

        await Engines.RunAsync(runtime, "rm", "--force", box);

        await Eventually.True(async () => await FindAsync("one") is null, "it is no function any more");
        Assert.EndsWith("\n404", (await AskHostAsync("one.example")).Output, StringComparison.Ordinal);
    }
}
