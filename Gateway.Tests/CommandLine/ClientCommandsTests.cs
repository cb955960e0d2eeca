using System.Text.Json;
using Gateway.Lab.Hosts;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>The commands that ask a running gateway, from outside: what they print and their exit codes.</summary>
[SideBySide]
public sealed class ClientCommandsTests(CommandGateway box) : IClassFixture<CommandGateway>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WakeThenSleepToEachTier_ChangesTheStateThatPsShows()
    {
        foreach (var (arguments, state) in ((string[], string)[])[
            (["wake", "hello"], "Running"), (["sleep", "hello", "--tier", "Paused"], "Paused"), (["wake", "hello"], "Running"),
            (["sleep", "hello", "--tier", "initialized"], "Initialized"), (["sleep", "hello"], "Stopped")])
        {
            var acted = await box.RunAsync(arguments);
            var listed = await box.RunAsync("ps");

            Assert.Equal((0, $"hello: {state} ({(state == "Stopped" ? "-" : $"1 {state}")})"), (acted.ExitCode, acted.AllOutput));
            Assert.Equal(0, listed.ExitCode);
            Assert.Matches($@"^hello +{state} +{(state == "Stopped" ? "-" : $"1 {state}")} +0 ", Assert.Single(listed.Output.Split('\n'), line => line.StartsWith("hello ", StringComparison.Ordinal)));
            Assert.Matches("^NAME +STATE +INSTANCES +IN FLIGHT +HIDDEN +PENALTY +WHY$", listed.Output.Split('\n')[0]);
        }

        // The API's own answer, and the same functions in it.
        var json = JsonDocument.Parse((await box.RunAsync("ps", "--json")).ThrowIfFailed().Output).RootElement;
        Assert.Equal(["broken", "hello", "loud", "talker"], json.EnumerateArray().Select(function => function.GetProperty("name").GetString()));
        Assert.Equal("Stopped", json[1].GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(2, "unknown function 'helo'; did you mean 'hello'?", "wake", "helo")]
    [InlineData(2, "unknown function 'zebra'; known are broken, hello, loud, talker.", "sleep", "zebra")]
    [InlineData(2, "unknown function '../../metrics'; known are broken, hello, loud, talker.", "wake", "../../metrics")]
    [InlineData(2, "*tier is one of Stopped, Initialized, *", "sleep", "hello", "--tier", "Deep")]
    [InlineData(1, "*it ended while starting: exit code 3*", "wake", "broken")]
    public async Task WhatCannotBeDone_IsOneSentence(int code, string expected, params string[] arguments)
    {
        var result = await box.RunAsync(arguments);

        Assert.Equal((code, ""), (result.ExitCode, result.Output));
        Assert.Single(result.AllOutput.Split('\n'));
        if (expected.StartsWith('*'))
        {
            Assert.Contains(expected.Trim('*'), result.AllOutput, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected, result.AllOutput);
        }
    }

    [Fact]
    public async Task Token_IsNeededAndNamedByFile()
    {
        const string Url = "http://127.0.0.1:9090";
        var (right, wrong) = (_directory.Write("right", CommandGateway.Token + "\n"), _directory.Write("wrong", new string('x', 32)));

        var without = await box.RunBareAsync("ps", "--url", Url);
        var refused = await box.RunBareAsync("ps", "--url", Url, "--token-file", wrong);
        var good = await box.RunBareAsync("ps", "--url", Url, "--token-file", right);

        Assert.Equal((2, "the gateway at http://127.0.0.1:9090 needs a token; name its file with --token-file."), (without.ExitCode, without.AllOutput));
        Assert.Equal((2, $"the gateway at http://127.0.0.1:9090 refuses the token of {wrong}; name the file of another one with --token-file."), (refused.ExitCode, refused.AllOutput));
        Assert.Equal(0, good.ExitCode);
        Assert.Contains("\nhello ", good.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyThere_SaysWhereAndWhatToDo()
    {
        _directory.Write("appsettings.json", """{ "Gateway": { "Admin": { "Url": "http://127.0.0.1:9876" }, "Functions": { "a": { "Runtime": "Nothing" } } } }""");

        var configured = await box.RunBareAsync("ps", "--contentRoot", _directory.Path);
        var named = await box.RunBareAsync("ps", "--url", "unix:///nowhere/admin.sock");
        var stranger = await box.RunBareAsync("ps", "--url", $"http://127.0.0.1:{CommandGateway.Listen}");

        // A mistake elsewhere in the file is no hindrance: the gateway may run by an earlier one.
        Assert.Equal(
            (1, $"no gateway answers at http://127.0.0.1:9876, which the configuration in {_directory.Path} names; start it, or name its folder with --contentRoot or its address with --url."),
            (configured.ExitCode, configured.AllOutput));
        Assert.Equal((1, "no gateway answers at unix:///nowhere/admin.sock, which --url names; start one, or correct --url."), (named.ExitCode, named.AllOutput));
        Assert.Equal(1, stranger.ExitCode);
        Assert.StartsWith($"what answers at http://127.0.0.1:{CommandGateway.Listen} is no gateway: ", stranger.AllOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongAdminSection_IsToldLikeAtAStart()
    {
        _directory.Write("appsettings.json", """{ "Gateway": { "Admin": { "Url": "here" } } }""");

        var result = await box.RunBareAsync("ps", "--contentRoot", _directory.Path);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("appsettings.json has 1 error:\n  Gateway:Admin:Url: 'here'", result.AllOutput, StringComparison.Ordinal);
    }
}
