using Gateway.Lab.Benchmarks;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

public sealed class BenchArgumentsTests
{
    [Fact]
    public void Parse_CaseWithOptionsInAnyOrder_IsUnderstood()
    {
        var (arguments, error) = BenchArguments.Parse(["--only", "Docker.*250", "--json", "coldstart", "--quick"]);

        Assert.Empty(error);
        Assert.Equal("coldstart", arguments!.Case);
        Assert.True(arguments.Quick);
        Assert.True(arguments.Json);
        Assert.Matches(arguments.NameFilter!, "docker bridge Stopped, TLS 1.3, Syn, 250 ms");
    }

    [Fact]
    public void Parse_Against_IsAFolderForWarm() =>
        Assert.Equal(new BenchArguments("warm", Quick: true, Json: false, Against: "../before"), BenchArguments.Parse(["warm", "--against", "../before", "--quick"]).Arguments);

    [Theory]
    [InlineData("--only needs", "coldstart", "--only")]
    [InlineData("no regular expression", "coldstart", "--only", "(")]
    [InlineData("measured as a whole", "signal", "--only", "xdp")]
    [InlineData("--against needs the folder", "warm", "--against")]
    [InlineData("--against needs the folder", "warm", "--against", "--quick")]
    [InlineData("--against is for warm", "signal", "--against", "x")]
    [InlineData("no case 'nonsense'", "nonsense")]
    [InlineData("no option '--fast'", "coldstart", "--fast")]
    [InlineData("one case at a time", "coldstart", "signal")]
    public void Parse_WhatCannotBeUnderstood_IsToldInASentence(string sentence, params string[] words)
    {
        var (arguments, error) = BenchArguments.Parse(words);

        Assert.Null(arguments);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }
}
