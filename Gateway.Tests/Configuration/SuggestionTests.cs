using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("port", "Port", 0)]
    [InlineData("Prot", "Port", 1)]
    [InlineData("Por", "Port", 1)]
    [InlineData("Ports", "Port", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    public void Distance_CountsEdits(string a, string b, int expected)
    {
        Assert.Equal(expected, Suggestion.Distance(a, b));
        Assert.Equal(expected, Suggestion.Distance(b, a));
    }

    [Theory]
    [InlineData("Enviroment", "Environment")]
    [InlineData("Cmd", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void For_Word_IsTheNearestOrNone(string word, string? expected) =>
        Assert.Equal(expected, Suggestion.For(word, ["Environment", "Command", "Port"]));

    [Fact]
    public void For_EndlessWord_IsNone() => Assert.Null(Suggestion.For(new string('a', 1_000_000), [new string('a', 1_000_001)]));
}
