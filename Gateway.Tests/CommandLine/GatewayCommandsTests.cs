using System.Text.Json;
using Gateway.CommandLine;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>What the command line takes, and the one sentence about what it does not.</summary>
public sealed class GatewayCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("unknown command 'chek'; did you mean 'check'?", "chek")]
    [InlineData("unknown command 'start'; known are run, check, doctor, explain, schema, ps, top, wake, sleep, logs, completion, version.", "start")]
    [InlineData("unknown option '--bogus'; --help shows the options", "--bogus=1")]
    [InlineData("unknown option '--bogus'; --help shows the options", "run", "--bogus", "1")]
    [InlineData("unknown option '--verison'; did you mean '--version'?", "--verison")]
    [InlineData("unknown option '--Gatway:Name'; did you mean '--Gateway:Name'?", "--Gatway:Name=x")]
    [InlineData("unknown option 'Gatway:Name'; did you mean 'Gateway:Name'?", "Gatway:Name=x")]
    [InlineData("unknown option '--contentRot'; did you mean '--contentRoot'?", "--contentRot", "/tmp")]
    [InlineData("--Gateway:Name has no value; write --Gateway:Name=VALUE.", "--Gateway:Name")]
    [InlineData("unexpected argument 'x' of run", "run", "x")]
    [InlineData("unexpected argument 'b.json' of check", "check", "a.json", "b.json")]
    [InlineData("unknown option '-c'", "-c", "x")]
    public async Task Run_WhatItDoesNotKnow_IsOneSentenceAndExitCode2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    [InlineData("run", "--help")]
    public async Task Help_SaysTheVerbs(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(arguments.Length == 1 ? "check <FILE>" : "Runs the gateway", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_VerbAndOption_SayTheSame()
    {
        var (verb, option) = (await RunAsync("version"), await RunAsync("--version"));

        Assert.Equal(verb, option);
        Assert.Matches(@"^\d+\.\d+\.\d+", verb.Output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("check", "FILE")]
    [InlineData("check", "FILE", "--Gateway:Name=other")]
    [InlineData("check", "FILE", "--Gateway:Functions:a:Port", "83")]
    [InlineData("--Gateway:Functions:a:Port", "83", "check", "FILE")]
    [InlineData("check", "/Gateway:Name=other", "FILE", "Gateway:ServerTiming=true")]
    public async Task Check_WithSettings_HoldsThemWithTheFile(params string[] arguments)
    {
        _directory.Write("appsettings.json", Given.Process("\"Listen\": [\"http://127.0.0.9:82\"]").Replace("hello", "a", StringComparison.Ordinal));

        var (code, output, errors) = await RunAsync([.. arguments.Select(word => word == "FILE" ? _directory.File("appsettings.json") : word), "--contentRoot", _directory.Path]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal("The configuration is good: 1 function.\n", output);
    }

    [Fact]
    public async Task Check_WrongSetting_IsTheCommandLines()
    {
        _directory.Write("appsettings.json", Given.Process("\"Listen\": [\"http://127.0.0.9:82\"]"));

        var (code, _, errors) = await RunAsync("check", "--contentRoot", _directory.Path, "--Gateway:Nam=x", "--Gateway:Functions:hello:Port=no");

        Assert.Equal(2, code);
        Assert.StartsWith("The command line has 2 errors:\n", errors, StringComparison.Ordinal);
        Assert.Contains("  Gateway:Nam: unknown key; did you mean 'Name'?", errors, StringComparison.Ordinal);
        Assert.Contains("  Gateway:Functions:hello:Port: 'no' is not a whole number", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckJson_OfMistakes_IsOneObjectWithAllOfThem()
    {
        _directory.Write("x.json", """{ "Gatway": {}, "Gateway": { "Functions": { "a": { "Runtime": "Process" } } } }""");

        var (code, output, errors) = await RunAsync("check", "--json", _directory.File("x.json"));

        Assert.Equal((2, ""), (code, errors));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(_directory.File("x.json"), report.GetProperty("file").GetString());
        Assert.False(report.GetProperty("good").GetBoolean());
        Assert.Equal(["Gatway", "Gateway:Functions:a"], report.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()));
        Assert.Equal("unknown section; did you mean 'Gateway'?", report.GetProperty("errors")[0].GetProperty("message").GetString());
        Assert.Equal(0, report.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task CheckJson_OfAGoodFile_CountsFunctionsAndHasTheWarnings()
    {
        _directory.Write("appsettings.json", Given.Process());

        var (code, output, errors) = await RunAsync("--contentRoot", _directory.Path, "check", "--json");

        Assert.Equal((0, ""), (code, errors));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal((_directory.File("appsettings.json"), true, 1), (report.GetProperty("file").GetString(), report.GetProperty("good").GetBoolean(), report.GetProperty("functions").GetInt32()));
        Assert.Equal(0, report.GetProperty("errors").GetArrayLength());
        Assert.Equal("Gateway:Functions:hello", report.GetProperty("warnings")[0].GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("{", "appsettings.json:1")]
    [InlineData("[]", "appsettings.json")]
    public async Task CheckJson_OfWhatIsNoConfiguration_SaysSoInJson(string text, string path)
    {
        _directory.Write("appsettings.json", text);

        var (code, output, _) = await RunAsync("check", "--json", "--contentRoot", _directory.Path);

        Assert.Equal(2, code);
        Assert.Equal(path, Assert.Single(JsonDocument.Parse(output).RootElement.GetProperty("errors").EnumerateArray()).GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("--url: 'here' is no address; write e.g. http://127.0.0.1:9090", "ps", "--url", "here")]
    [InlineData("--url: 'ftp://a' is no address", "wake", "a", "--url", "ftp://a")]
    [InlineData("--token-file: '/nowhere/token' cannot be read", "ps", "--url", "http://127.0.0.1:9", "--token-file", "/nowhere/token")]
    [InlineData("Required argument missing for command: 'wake'; see --help.", "wake")]
    [InlineData("unknown option '--teir'; did you mean '--tier'?", "sleep", "a", "--teir", "Paused")]
    public async Task Client_UsedWrong_IsOneSentenceAndExitCode2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Check_NoFile_SaysWhereItLooked()
    {
        var (code, _, errors) = await RunAsync("check", "--contentRoot", _directory.Path);

        Assert.Equal(2, code);
        Assert.Contains($"appsettings.json: no such file in {_directory.Path}; write one, or name its folder with --contentRoot.", errors, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCommands.RunAsync(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
