using System.Net;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class IgnoreReaderTests
{
    private const string Idle = "Gateway:Functions:hello:Idle";
    private const string Robot = "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)";
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    [Theory]
    [InlineData("""{ "Path": "/status/*" }""", "GET", "/status/live", "", true)]
    [InlineData("""{ "Path": "/status/*" }""", "GET", "/Status/live", "", false)]
    [InlineData("""{ "Path": "/", "Method": "head" }""", "HEAD", "/", Firefox, true)]
    [InlineData("""{ "Path": "/", "Method": "head" }""", "GET", "/", Firefox, false)]
    [InlineData("""{ "Method": "HEAD" }""", "head", "/", "", false)] // methods differ by case
    [InlineData("""{ "Preset": "monitors" }""", "GET", "/", Robot, true)]
    [InlineData("""{ "Preset": "monitors" }""", "GET", "/", "kube-probe/1.33", true)]
    [InlineData("""{ "Preset": "monitors" }""", "GET", "/", Firefox, false)]
    [InlineData("""{ "Preset": "monitors" }""", "GET", "/", "", false)]
    [InlineData("""{ "Preset": "Crawlers" }""", "GET", "/", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true)]
    [InlineData("""{ "Preset": "Crawlers" }""", "GET", "/", Robot, false)]
    [InlineData("""{ "Preset": "Monitors", "Path": "/healthz" }""", "GET", "/", Robot, false)]
    [InlineData("""{ "Source": "198.51.100.0/28" }""", "GET", "/", "", true)]
    [InlineData("""{ "Source": "198.51.100.0/30" }""", "GET", "/", "", false)]
    [InlineData("""{ "Source": "2001:db8::/32" }""", "GET", "/", "", false)]
    public void Has_Request_NeedsEveryMember(string entry, string method, string path, string agent, bool isIgnored) =>
        Assert.Equal(isIgnored, Read($"[{entry}]").Has(method, path, agent, IPAddress.Parse("::ffff:198.51.100.4")));

    [Fact]
    public void Has_SeveralEntries_OneIsEnough()
    {
        var ignored = Read("""[{ "Path": "/a" }, { "UserAgent": "curl/*" }]""");

        Assert.True(ignored.Has("GET", "/b", "curl/8", source: null));
        Assert.True(ignored.Has("GET", "/a", "", source: null));
        Assert.False(ignored.Has("GET", "/b", "", source: null));
        Assert.False(Read("""[{ "UserAgent": "*x*" }]""").Has("GET", "/", new string('x', 1025), source: null));
    }

    [Fact]
    public void Names_Source_WhateverElseItsEntryNames()
    {
        var ignored = Read("""[{ "Path": "/a", "Source": "198.51.100.4" }, { "Path": "/b" }, { "Source": "2001:db8::/32" }]""");

        Assert.True(ignored.Names(IPAddress.Parse("198.51.100.4")));
        Assert.True(ignored.Names(IPAddress.Parse("2001:db8::7")));
        Assert.False(ignored.Names(IPAddress.Parse("198.51.100.5")));
        Assert.False(ignored.Names(null));
    }

    [Fact]
    public void Read_Answer_IsTakenAndHasDefaults()
    {
        Assert.Equal(new IgnoreAnswer { Status = 200, Body = "" }, Read("""[{ "Path": "/" }]""").Answer);
        Assert.Equal(
            new IgnoreAnswer { Status = 503, Body = "{}", ContentType = "application/json" },
            Read("""[{ "Path": "/" }]""", """, "IgnoreAnswer": { "Status": 503, "Body": "{}", "ContentType": "application/json" }""").Answer);
        Assert.Null(Given.Function(Given.Process("\"Idle\": { }")).Idle.Ignore);
    }

    [Fact]
    public void Read_SameTwice_IsEqual()
    {
        const string Entries = """[{ "Path": "/a*", "Source": "10.0.0.0/8", "Preset": "Monitors" }]""";

        Assert.Equal(Read(Entries), Read(Entries));
        Assert.NotEqual(Read(Entries), Read("""[{ "Path": "/a*", "Source": "10.0.0.0/8", "Preset": "Crawlers" }]"""));
    }

    [Theory]
    [InlineData("[{ }]", ":Ignore:0", "it would ignore every request; name at least one of Path, UserAgent, Method, Source, Preset.")]
    [InlineData("""["/healthz"]""", ":Ignore:0", "expected an object { ... }, found '/healthz'.")]
    [InlineData("""[{ "Path": "healthz" }]""", ":Ignore:0:Path", "'healthz' is not a path; start it with '/', leave the query out, and write '*' for any characters, 1024 characters at most.")]
    [InlineData("""[{ "Path": "/?a=b" }]""", ":Ignore:0:Path", "'/?a=b' is not a path; start it with '/', leave the query out, and write '*' for any characters, 1024 characters at most.")]
    [InlineData("""[{ "UserAgent": "" }]""", ":Ignore:0:UserAgent", "it has 0 characters; write 1 to 256, with '*' for any others, e.g. \"*UptimeRobot*\".")]
    [InlineData("""[{ "Source": "10.0.0.1/8" }]""", ":Ignore:0:Source", "'10.0.0.1/8' has bits beyond its prefix; write \"10.0.0.0/8\" for the network, or \"10.0.0.1\" for the address.")]
    [InlineData("""[{ "Preset": "Monitor" }]""", ":Ignore:0:Preset", "'Monitor' is not one of Monitors, Crawlers; did you mean 'Monitors'?")]
    [InlineData("""[{ "Path": "/", "Agent": "x" }]""", ":Ignore:0:Agent", "unknown key; known here: Path, UserAgent, Method, Source, Preset.")]
    public void Read_BadEntry_SaysWhereAndWhat(string entries, string where, string what)
    {
        var error = Given.Error(Given.Process($$"""
            "Idle": { "Ignore": {{entries}} }
            """));

        Assert.Equal(($"{Idle}{where}", what), (error.Path, error.Message));
    }

    [Theory]
    [InlineData("""{ "Body": "x" }""", "", ":IgnoreAnswer", "nothing is ignored, so nobody gets it; add Ignore, or remove IgnoreAnswer.")]
    [InlineData("""{ "Body": "x", "Status": 204 }""", """ "Ignore": [{ "Path": "/" }], """, ":IgnoreAnswer:Body", "an answer of status 204 has none (RFC 9110, section 6.4.1); remove Body, or write another Status.")]
    [InlineData("""{ "ContentType": "text/html" }""", """ "Ignore": [{ "Path": "/" }], """, ":IgnoreAnswer:ContentType", "there is no Body of that type; add Body, or remove ContentType.")]
    [InlineData("""{ "Body": "x", "ContentType": "json" }""", """ "Ignore": [{ "Path": "/" }], """, ":IgnoreAnswer:ContentType", "'json' is not a media type; write e.g. \"application/json\".")]
    [InlineData("""{ "Status": 199 }""", """ "Ignore": [{ "Path": "/" }], """, ":IgnoreAnswer:Status", "'199' is not a whole number from 200 to 599.")]
    public void Read_BadAnswer_SaysWhereAndWhat(string answer, string before, string where, string what)
    {
        var error = Given.Error(Given.Process($$"""
            "Idle": { {{before}} "IgnoreAnswer": {{answer}} }
            """));

        Assert.Equal(($"{Idle}{where}", what), (error.Path, error.Message));
    }

    [Fact]
    public void Read_TooManyEntries_IsRefused()
    {
        var error = Given.Error(Given.Process($$"""
            "Idle": { "Ignore": [{{string.Join(',', Enumerable.Range(0, 101).Select(i => $$"""{ "Path": "/{{i}}" }"""))}}] }
            """));

        Assert.Equal("there are 101 entries, and 100 are the most; join some by wildcards.", error.Message);
    }

    private static IgnoreOptions Read(string entries, string more = "") => Given.Function(Given.Process($$"""
        "Idle": { "Ignore": {{entries}} {{more}} }
        """)).Idle.Ignore!;
}
