using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class WildcardTests
{
    [Theory]
    [InlineData("/healthz", "/healthz", true)]
    [InlineData("/healthz", "/healthz/", false)]
    [InlineData("/healthz", "/Healthz", false)]
    [InlineData("/status/*", "/status/", true)]
    [InlineData("/status/*", "/status", false)]
    [InlineData("*", "", true)]
    [InlineData("**", "/x", true)]
    [InlineData("/a*b*c", "/abc", true)]
    [InlineData("/a*b*c", "/a-b-b-c-c", true)]
    [InlineData("/a*b*c", "/acb", false)]
    [InlineData("/ab*ba", "/aba", false)] // the two ends do not share a character
    [InlineData("/ab*ba", "/abba", true)]
    [InlineData("*ab*ab*", "/ab", false)]
    [InlineData("*/live", "/v1/live", true)]
    public void Matches_Path_IsTheWholeTextWithItsCase(string pattern, string text, bool matches) =>
        Assert.Equal(matches, new Wildcard(pattern, StringComparison.Ordinal).Matches(text));

    [Theory]
    [InlineData("*uptimerobot*", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", true)]
    [InlineData("curl/*", "CURL/8.5.0", true)]
    [InlineData("curl/*", "libcurl/8.5.0", false)]
    public void Matches_IgnoringCase_DoesSo(string pattern, string text, bool matches) =>
        Assert.Equal(matches, new Wildcard(pattern, StringComparison.OrdinalIgnoreCase).Matches(text));

    // Backtracking would take longer than the world is old.
    [Fact]
    public void Matches_ManyStars_NeverGoesBack() =>
        Assert.False(new Wildcard(string.Concat(Enumerable.Repeat("*a", 100)) + "*b", StringComparison.Ordinal).Matches(new string('a', 100_000)));

    [Fact]
    public void Equals_SamePattern_IsTrue() =>
        Assert.Equal(new Wildcard("/a*", StringComparison.Ordinal), new Wildcard("/a*", StringComparison.Ordinal));
}
