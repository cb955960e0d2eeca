using System.Net;
using System.Text.Json;
using Gateway.Admin;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary><c>Gateway logs</c> against programs that write: what is kept, what is followed, and what of it reaches a terminal.</summary>
[SideBySide]
public sealed class LogsCommandTests(CommandGateway box) : IClassFixture<CommandGateway>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Follow_SeesLinesWrittenAfterItBegan_WithoutEscapes()
    {
        (await box.RunAsync("wake", "talker")).ThrowIfFailed();
        await using var follow = box.Start("logs", "talker", "--follow", "--tail", "2");
        // What was there already is taken together with the place from which it follows.
        await follow.WaitForLineAsync(line => line.EndsWith(" stdout began", StringComparison.Ordinal), Patience);
        var before = follow.StandardOutput.Count(line => line.EndsWith(" stdout began", StringComparison.Ordinal));

        (await box.RunAsync("sleep", "talker")).ThrowIfFailed();
        (await box.RunAsync("wake", "talker")).ThrowIfFailed();
        await Eventually.True(() => follow.StandardOutput.Count(line => line.Contains(" stderr ", StringComparison.Ordinal)) == 2
            && follow.StandardOutput.Count(line => line.EndsWith(" stdout began", StringComparison.Ordinal)) == before + 1, "both lines of the second start");

        Assert.All(follow.StandardOutput, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z talker-[0-9a-f]+-\d+ (stdout began|stderr red over\tnext  \]0;title )$", line));
        Assert.Equal(2, follow.StandardOutput.Select(line => line.Split(' ')[1]).Distinct().Count());
        Assert.False(follow.Exited.IsCompleted);
    }

    [Fact]
    public async Task Tail_IsTheLastLines_OfThoseThatAreKept()
    {
        (await box.RunAsync("wake", "loud")).ThrowIfFailed();
        await Eventually.True(async () => (await box.RunAsync("logs", "loud", "--tail", "1")).Output.EndsWith(" line 1500", StringComparison.Ordinal), "the last line");

        var all = (await box.RunAsync("logs", "loud", "--tail", "1000", "--json")).ThrowIfFailed().Output.Split('\n');
        var none = (await box.RunAsync("logs", "loud", "--tail", "0")).ThrowIfFailed().Output;
        var tooMany = await box.RunAsync("logs", "loud", "--tail", "1001");

        Assert.Equal(Enumerable.Range(501, 1000).Select(number => $"line {number}"), all.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
        Assert.Equal("", none);
        Assert.Equal((2, "tail is a number from 0 to 1000."), (tooMany.ExitCode, tooMany.AllOutput));
    }

    [Fact]
    public async Task UnknownFunction_IsNamed()
    {
        var result = await box.RunAsync("logs", "talkre", "--follow");

        Assert.Equal((2, "unknown function 'talkre'; did you mean 'talker'?"), (result.ExitCode, result.AllOutput));
    }

    [Fact]
    public async Task Readers_AreBounded_AndAPlaceIsFreeWhenOneLeaves()
    {
        var readers = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < OutputPage.MostReaders; i++)
            {
                readers.Add(await FollowAsync());
                Assert.Equal(HttpStatusCode.OK, readers[^1].StatusCode);
            }

            using var over = await FollowAsync();
            Assert.Equal(HttpStatusCode.TooManyRequests, over.StatusCode);

            readers[0].Dispose();
            await Eventually.True(async () =>
            {
                using var next = await FollowAsync();
                return next.StatusCode == HttpStatusCode.OK;
            });
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }

        // The other tests read too.
        await Eventually.True(async () =>
        {
            using var next = await FollowAsync();
            return next.StatusCode == HttpStatusCode.OK;
        });
    }

    [Theory]
    [InlineData("tail=x", 400)]
    [InlineData("tail=-1", 400)]
    [InlineData("tail=99999999999", 400)]
    [InlineData("follow=maybe", 400)]
    [InlineData("tail=0&follow=false", 200)]
    public async Task Query_OutsideItsBounds_IsRefused(string query, int status)
    {
        using var answer = await box.Gateway.Admin.GetAsync(new Uri($"/api/functions/hello/logs?{query}", UriKind.Relative));

        Assert.Equal(status, (int)answer.StatusCode);
    }

    private Task<HttpResponseMessage> FollowAsync() =>
        box.Gateway.Admin.GetAsync(new Uri("/api/functions/hello/logs?follow=true", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
}

/// <summary>What follows a gateway ends with it.</summary>
[SideBySide]
public sealed class FollowedGatewayTests
{
    [Fact]
    public async Task GatewayThatEnds_EndsWhoFollowsIt_AndIsNotHeldUp()
    {
        await using var box = new CommandGateway();
        await box.InitializeAsync();
        (await box.RunAsync("wake", "talker")).ThrowIfFailed();
        await using var follow = box.Start("logs", "talker", "--follow");
        await follow.WaitForLineAsync(line => line.EndsWith(" stdout began", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

        // Restart:Drain is 20 s, which a reader does not use.
        Assert.Equal(0, await box.Gateway.StopAsync(TimeSpan.FromSeconds(15)));
        Assert.Equal(0, await follow.Exited.WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System));
    }
}
