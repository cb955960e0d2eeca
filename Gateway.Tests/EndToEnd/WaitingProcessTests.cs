using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions of the Process runtime that rest Initialized: the launcher has done all but execute the program.</summary>
[SideBySide]
public sealed class WaitingProcessTests
{
    // What a program can see of how it was started. The shell's name is $0, what follows it are its arguments.
    private const string Facts = """
        {
        for a; do echo "argument [$a]"; done; echo "name [$0]"; tr '\0' '|' < /proc/$$/cmdline; echo
        env | sort | grep -v -e ^PORT= -e ^_=; id; while read -r line; do case $line in Groups*|Cap*|NoNew*|Sig*|Umask*) echo "$line";; esac; done < /proc/$$/status; pwd; ulimit -a
        for f in /proc/$$/fd/*; do echo "${f##*/} $(readlink $f | tr -d '0-9')"; done; wc -c < /dev/stdin
        } > $FACTS/facts 2>&1
        busybox httpd -f -p 127.0.0.1:$PORT -h $FACTS & wait
        """;

    [Fact]
    public async Task Program_ThatWaited_IsAsOneThatDidNot()
    {
        var waited = await FactsAsync("Initialized");
        var plain = await FactsAsync("Stopped");

        Assert.Contains("argument [two words]", plain, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", plain, StringComparison.Ordinal);
        Assert.Equal(plain, waited);
    }

    [Fact]
    public async Task Wakes_InARow_EachFindALauncherThatWaits()
    {
        const int Wakes = 5;
        await using var edge = await StartAsync(hello => hello["Idle"] = new JsonObject { ["After"] = "00:00:00.050", ["Tier"] = "Initialized" });

        for (var wake = 1; wake <= Wakes; wake++)
        {
            await IsAsync(edge, "hello", "Initialized");
            Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        }

        // On a slow machine it may rest again between the SYN that has woken it and the request, which wakes it once more.
        Assert.Equal(Enumerable.Repeat("Initialized", Wakes), (await edge.Gateway.ColdStartsAsync("hello")).Where(start => start.Outcome == "Served").Select(start => start.Tier));
        await IsAsync(edge, "hello", "Initialized");
        // The launcher that waits, in the cgroup of its instance. No program is left of those that ran.
        await WaitingAsync(edge);
    }

    [Fact]
    public async Task Launcher_Killed_AnotherWaitsInItsPlace()
    {
        await using var edge = await StartAsync();
        await IsAsync(edge, "hello", "Initialized");
        var before = await WaitingAsync(edge);
        await Eventually.True(
            async () => (await edge.Gateway.Admin.GetStringAsync("/api/functions/hello")).Contains("\"reason\":\"Idle:Tier is Initialized.\"", StringComparison.Ordinal), "it says why it waits, not that it is still in use");

        using (var killed = System.Diagnostics.Process.GetProcessById(int.Parse(before, CultureInfo.InvariantCulture)))
        {
            killed.Kill();
        }

        await Eventually.True(() => MembersOf(edge) is [var now] && now != before, "another one waits");
        await IsAsync(edge, "hello", "Initialized");
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("Initialized", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Tier);
    }

    [Theory]
    [InlineData(true)]
    [InLongRuns(false)]
    public async Task Gateway_Ended_NothingWaits(bool kill)
    {
        await using var edge = await StartAsync();
        await IsAsync(edge, "hello", "Initialized");
        var waiting = await WaitingAsync(edge);

        await (kill ? edge.Gateway.KillAsync() : edge.Gateway.StopAsync(TimeSpan.FromSeconds(40)));

        await Eventually.True(() => !Directory.Exists($"/proc/{waiting}"), "the launcher has ended");
        await Eventually.True(() => !Directory.Exists(CgroupOf(edge)), "its cgroup is gone");
    }

    [Fact]
    public async Task TakeOver_OfAProgramThatHasWaited_GoesOn()
    {
        await using var edge = await StartAsync();
        await IsAsync(edge, "hello", "Initialized");
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        await edge.SleepAsync();
        await IsAsync(edge, "hello", "Initialized");
        // The second run of the same instance.
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var program = await WaitingAsync(edge);

        await using var first = edge.Follow(edge.LaunchNext("--Gateway:Restart:TakeOver=true"));
        await edge.Gateway.WaitUntilReadyAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, await first.Exited.WaitAsync(TimeSpan.FromSeconds(40), TimeProvider.System));

        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.True(Directory.Exists($"/proc/{program}"));
        Assert.Empty(await edge.Gateway.ColdStartsAsync("hello"));

        // It is no child of this gateway, so that another one waits in its place.
        await edge.SleepAsync();
        await IsAsync(edge, "hello", "Initialized");
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("Initialized", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Tier);
    }

    [Fact]
    public async Task Reload_OfWhatWaits_TheNextWakeRunsTheNewOne()
    {
        using var directory = LabDirectory.Create("greeting");
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b1_111_111_111);
        await using var edge = await StartAsync(hello =>
        {
            hello["Command"] = new JsonArray("/bin/sh", "-c", "echo $GREETING > $GREETINGS/said; exec busybox httpd -f -p 127.0.0.1:$PORT -h $GREETINGS");
            hello["Environment"] = new JsonObject { ["GREETING"] = "one", ["GREETINGS"] = directory.Path };
        });
        await IsAsync(edge, "hello", "Initialized");
        var before = await WaitingAsync(edge);

        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Environment"]!["GREETING"] = "two";
        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(() => MembersOf(edge) is [var now] && now != before, "another one waits");

        Assert.Equal(200, (await edge.GetAsync("/said", Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("two\n", await File.ReadAllTextAsync(directory.File("said")));
        Assert.Equal("Initialized", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Tier);
    }

    [Fact]
    public async Task Ahead_One_OfTwoInstancesOneWaitsAndTheOtherEnds()
    {
        await using var edge = await StartAsync(hello =>
        {
            hello["Idle"] = new JsonObject { ["After"] = "00:00:00.300", ["Tier"] = "Initialized", ["Ahead"] = 1 };
            hello["Scale"] = new JsonObject { ["Max"] = 2, ["Concurrency"] = 1, ["Window"] = "00:00:01" };
        });

        await Task.WhenAll(edge.GetAsync("/slow?ms=3000", Edge.HttpPort), edge.GetAsync("/slow?ms=3000", Edge.HttpPort));

        await edge.Gateway.WaitForLogAsync(line => line.Contains("does not wait in the tier Initialized: Idle:Ahead is 1, and as many of its instances wait already", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0] is { State: "Initialized", Instances.Count: 1 }, "one instance waits");
        await WaitingAsync(edge);
    }

    [Fact]
    public async Task Ahead_Zero_HasNoTierInitializedAndSaysWhy()
    {
        await using var edge = await StartAsync(hello => hello["Idle"] = new JsonObject { ["After"] = "00:00:00.050", ["Tier"] = "Initialized", ["Ahead"] = 0 });

        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        await IsAsync(edge, "hello", "Stopped");
        var told = await edge.Gateway.Admin.GetStringAsync("/api/functions/hello");
        Assert.Contains("Idle:Tier is Initialized, which it does not have: its Idle:Ahead is 0", told, StringComparison.Ordinal);
    }

    private static async Task<string> FactsAsync(string tier)
    {
        using var directory = LabDirectory.Create("facts");
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b1_111_111_111);
        await using var edge = await StartAsync(hello =>
        {
            hello["Command"] = new JsonArray("/bin/sh", "-c", Facts, "a name", "two words", "", "$HOME");
            hello["Environment"] = new JsonObject { ["GREETING"] = "hello, world", ["FACTS"] = directory.Path };
            hello["Idle"] = new JsonObject { ["Tier"] = tier };
        });
        await IsAsync(edge, "hello", tier);
        var answer = (await edge.GetAsync("/facts", Edge.HttpPort)).ThrowIfFailed();
        Assert.Equal(200, answer.HttpCode);
        Assert.Equal(tier, Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Tier);
        var facts = await File.ReadAllLinesAsync(directory.File("facts"));
        // The file itself, whose name is another one each time.
        return string.Join('\n', facts.Where(line => !line.Contains("/facts-", StringComparison.Ordinal))).Replace(edge.Gateway.ContentRoot, "", StringComparison.Ordinal);
    }

    private static async Task<Edge> StartAsync(Action<JsonObject>? change = null)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 0);
        hello["Idle"] = new JsonObject { ["Tier"] = "Initialized" };
        change?.Invoke(hello);
        return await Edge.StartAsync(TimeSpan.FromMilliseconds(5), _ => new JsonObject { ["hello"] = hello });
    }

    private static Task IsAsync(Edge edge, string function, string state) => Eventually.True(
        async () => (await edge.Gateway.FunctionsAsync()).Single(one => one.Name == function).State == state, $"{function} is {state}");

    /// <summary>Waits until there is one process in the cgroups of all instances, and returns its number. The launcher gets there a moment after its start.</summary>
    private static async Task<string> WaitingAsync(Edge edge)
    {
        string[] found = [];
        await Eventually.True(() => (found = MembersOf(edge)).Length == 1, "one process");
        return found[0];
    }

    private static string CgroupOf(Edge edge) => Path.Combine(Cgroup.FindRoot(), $"headstart-{edge.Gateway.ProcessId}");

    private static string[] MembersOf(Edge edge) =>
        [.. Directory.GetDirectories(CgroupOf(edge)).SelectMany(MembersIn)];

    private static string[] MembersIn(string instance)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(instance, "cgroup.procs"));
        }
        catch (IOException)
        {
            // It was removed at this moment.
            return [];
        }
    }
}
