using Gateway.Model;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>A function whose container is the user's own.</summary>
public sealed class ExistingReaderTests
{
    [Theory]
    [InlineData("""
        "Container": "nextcloud"
        """, null, "")]
    [InlineData("""
        "container": "shop_web-1.a", "port": 80, "StopTimeout": "00:00:30", "Network": "front", "Idle": { "Tier": "Auto" }
        """, 80, "front")]
    public void Container_AsPeopleWriteIt_IsTaken(string written, int? port, string network)
    {
        var function = Given.Function(Of(written));

        Assert.True(function.Run.IsUsers);
        Assert.Equal(function.Run.Program, function.Container.Existing);
        Assert.Equal((port, network), (function.Run.Port, function.Container.Network));
        Assert.Null(function.Run.OwnPort);
    }

    [Theory]
    [InlineData("\"Image\": \"hello:1\"", "Container", "'box' is a container of yours, which the gateway starts and stops and does not make, so Image has no meaning here; remove it, or remove Container.")]
    [InlineData("\"Memory\": \"1GiB\", \"Volumes\": [ \"/data\" ], \"Cpu\": { \"Limit\": 1 }", "Container", "'box' is a container of yours, which the gateway starts and stops and does not make, so Volumes, Memory and Cpu have no meaning here; remove them, or remove Container.")]
    [InlineData("\"WorkingDirectory\": \"/srv\"", "WorkingDirectory", "a Docker function runs where its image says")]
    [InlineData("\"Network\": { \"Keep\": true }", "Network", "'box' is a container of yours, whose networks are its own")]
    [InlineData("\"Scale\": { \"Max\": 2 }", "Scale:Max", "'box' is one container, so there cannot be 2 instances")]
    [InlineData("\"Idle\": { \"Tier\": \"Initialized\" }", "Idle:Tier", "a container waits in Initialized behind a gate, which only one that the gateway makes has; 'box' can rest in Stopped, PagedOut and Paused.")]
    [InlineData("\"Idle\": { \"Tier\": \"Auto\", \"Ahead\": 1 }", "Idle:Ahead", "'box' never waits in the tier Initialized; remove Ahead.")]
    [InlineData("\"Prot\": 1", "Prot", "unknown key; did you mean 'Port'?")]
    public void Container_WithWhatItCannotHave_IsOneMistake(string more, string key, string message)
    {
        var error = Given.Error(Of($"\"Container\": \"box\", {more}"));

        Assert.Equal($"Gateway:Functions:hello:{key}", error.Path);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("/box")]
    public void Container_WithAnotherName_IsAMistake(string name) =>
        Assert.StartsWith($"'{name}' is not a container's name", Given.Error(Of($"\"Container\": \"{name}\"")).Message, StringComparison.Ordinal);

    [Fact]
    public void Container_OfTwoFunctions_IsAMistakeOnOneEngine()
    {
        const string Two = """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Container": "box" }, "b": { "Runtime": "RUNTIME", "Container": "box" } } } }""";

        Assert.Equal("the container 'box' is that of Gateway:Functions:a too; one function alone may start and stop it.", Given.Error(Two.Replace("RUNTIME", "Docker", StringComparison.Ordinal)).Message);
        Assert.Empty(Given.Errors(Two.Replace("RUNTIME", "Podman", StringComparison.Ordinal)));
    }

    [Fact]
    public void Image_LeftOut_NamesBothThatThereAre() =>
        Assert.Contains("or \"Container\": the name of a container of yours", Given.Error(Of("")).Message, StringComparison.Ordinal);

    private static string Of(string written) =>
        $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": "Docker" {{(written.Length > 0 ? "," : "")}} {{written}} } } } }""";
}
