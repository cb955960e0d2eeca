using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Tests.Runtimes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>A file of which one function changes: the others are not read again, and nothing that is told about them is lost.</summary>
public sealed class PartialReadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly IConfigurationRoot _root;
    private KnownParts? _known;

    public PartialReadTests()
    {
        Write(Function("a", 81), Function("b", 82));
        _root = new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json")).Build();
    }

    public void Dispose()
    {
        ((ConfigurationRoot)_root).Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void TryRead_OneChangedOneNewOneGone_TheRestAreTheSameObjects()
    {
        Write(Function("a", 81), Function("b", 82), Function("c", 83));
        var first = Read().Options!;

        Write(Function("d", 84), Function("a", 81), Function("b", 92));
        var second = Read().Options!;

        Assert.Same(first.Functions["a"], second.Functions["a"]);
        Assert.Equal(92, Assert.Single(second.Functions["b"].Listen).Port);
        Assert.Equal(["a", "b", "d"], second.Functions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Given.Read(_root), second);
    }

    [Fact]
    public void TryRead_WrittenInAnotherWay_IsTheSameObject()
    {
        var first = Read().Options!;
        Write("\"a\": {\"Runtime\" : \"Process\", /* as before */ \"Command\":[ \"./a\" ],\n \"Listen\": [\"http://*:\\u00381\", ]}", Function("b", 82));
        var second = Read().Options!;

        Assert.Same(first.Functions["a"], second.Functions["a"]);
        Assert.Same(first.Functions["b"], second.Functions["b"]);
    }

    [Fact]
    public void TryRead_AnEnvironmentVariableOfAnotherCase_IsAChange()
    {
        Write(Function("a", 81, ", \"Environment\": { \"Path\": \"1\" }"));
        _ = Read();
        Write(Function("a", 81, ", \"Environment\": { \"PATH\": \"1\" }"));

        Assert.Equal(["PATH"], Read().Options!.Functions["a"].Process().Environment.Keys);
    }

    [Fact]
    public void TryRead_AMistakeThatStays_IsNamedEachTime()
    {
        _ = Read();
        Write(Function("a", 81), Function("b", 82, ", \"Prot\": 1"));
        var first = Read();
        Write(Function("a", 91), Function("b", 82, ", \"Prot\": 1"));
        var second = Read();

        Assert.Equal(("Gateway:Functions:b:Prot", "x.json"), PlaceOf(first));
        Assert.Equal(first.Errors, second.Errors);
        Assert.Null(second.Options);

        Write(Function("a", 91), Function("b", 82));
        Assert.Equal(91, Assert.Single(Read().Options!.Functions["a"].Listen).Port);
    }

    [Theory]
    [InlineData(82, "", "", "Gateway:Functions:b:Listen:0")]
    [InlineData(81, "", ", \"SynId\": \"one\"", "Gateway:Functions:b:SynId")]
    [InlineData(81, ", \"Port\": 82", "", "Gateway:Functions:b:Listen:0")]
    public void TryRead_WhatIsOneFunctionsAlone_IsHeldAgainstThoseNotReadAgain(int port, string more, string both, string path)
    {
        Write(Function("a", 81), Function("b", 82, both));
        _ = Read();
        Write(Function("a", port, more + both), Function("b", 82, both));

        Assert.Equal((path, "x.json"), PlaceOf(Read()));

        Write(Function("a", 81), Function("b", 82, both));
        Assert.Empty(Read().Errors);
    }

    [Fact]
    public void TryRead_TheSectionSpelledAnew_MessagesSpellItSo()
    {
        _ = Read();
        _directory.Write("x.json", $$"""{ "Gateway": { "FUNCTIONS": { {{Function("a", 81)}}, {{Function("b", 81)}} } } }""");

        var error = Assert.Single(Read().Errors);
        Assert.Equal("Gateway:FUNCTIONS:b:Listen:0", error.Path);
        Assert.Contains("of Gateway:FUNCTIONS:a:Listen:0;", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_ARouteChanges_ItsFunctionDoes()
    {
        WriteRouted("one.example");
        var first = Read().Options!;
        WriteRouted("one.example");
        var same = Read().Options!;
        WriteRouted("two.example");
        var second = Read().Options!;

        Assert.Same(first.Functions["b"], same.Functions["b"]);
        Assert.Same(first.Functions["a"], second.Functions["a"]);
        Assert.Equal(["two.example"], second.Functions["b"].Hosts);
        Assert.Equal(["one.example"], first.Functions["b"].Hosts);

        Write(Function("a", 81), Function("b", 82));
        Assert.Empty(Read().Options!.Functions["b"].Hosts);
    }

    [Fact]
    public void TryRead_OneRouteChanges_TheOtherRoutesAndTheClustersAreTheSameObjects()
    {
        WriteProxy("one.example", "two.example");
        var first = Read().Options!.Proxy;
        WriteProxy("one.example", "three.example");
        var second = Read().Options!.Proxy;

        Assert.Same(first.Routes[0], second.Routes[0]);
        Assert.Same(first.Clusters[0], second.Clusters[0]);
        Assert.Equal(["three.example"], second.Routes[1].Match.Hosts);
        Assert.NotEqual(first, second);
        Assert.Equal(Given.Read(_root).Proxy, second);
    }

    [Fact]
    public void TryRead_WhatOneRouteHasInCommonWithAnother_IsHeldAgainstThoseNotReadAgain()
    {
        WriteProxy("one.example", "two.example");
        _ = Read();
        WriteProxy("one.example", "one.example");
        Assert.Equal(("ReverseProxy:Routes:d", "x.json"), PlaceOf(Read()));

        WriteProxy("one.example", "two.example", cluster: "others");
        Assert.Equal(["ReverseProxy:Routes:c:ClusterId", "ReverseProxy:Routes:d:ClusterId"], Read().Errors.Select(error => error.Path));

        WriteProxy("one.example", "two.example", more: ", \"TimeoutPolicy\": \"none\"");
        Assert.Equal("ReverseProxy:Routes:d:TimeoutPolicy", PlaceOf(Read()).Path);
        WriteProxy("three.example", "two.example", more: ", \"TimeoutPolicy\": \"none\"");
        Assert.Equal("ReverseProxy:Routes:d:TimeoutPolicy", PlaceOf(Read()).Path);
    }

    [Fact]
    public void TryRead_AnotherSourceHasTheLastWord_IsFollowed()
    {
        var more = new ToldProvider("{}");
        var root = new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json")).Add(more).Build();
        var first = Given.TryRead(root, before: null);
        more.Write("Gateway:Functions:b:Ready:Path", "/up");
        var second = Given.TryRead(root, first.Known);
        more.Write("Gateway:Functions:b:Ready:Path", null);
        var third = Given.TryRead(root, second.Known);

        Assert.Same(first.Options!.Functions["a"], second.Options!.Functions["a"]);
        Assert.Equal("/up", second.Options.Functions["b"].Ready.Path);
        Assert.Equal(first.Options, third.Options);
        (root as IDisposable)?.Dispose();
    }

    [Fact]
    public async Task Monitor_OneChanges_TheOthersAreTheSameObjects()
    {
        var time = new FakeTimeProvider();
        using var monitor = new ConfigurationMonitor(FirstRead.Of(_root, RuntimeModules.All), time, new RecordingLogger());
        var first = monitor.Current;
        Write(Function("a", 81), Function("b", 92));
        _root.Reload();
        // The file's own watcher may be telling of the change already, on another thread.
        await Eventually.True(() => Current() != first, "the change");
        var second = monitor.Current;

        Assert.Same(first.Functions["a"], second.Functions["a"]);
        Assert.NotEqual(first.Functions["b"], second.Functions["b"]);

        GatewayOptions Current()
        {
            time.Advance(ConfigurationMonitor.Quiet);
            return monitor.Current;
        }
    }

    private ReadResult Read()
    {
        _root.Reload();
        var result = Given.TryRead(_root, _known);
        _known = result.Known;
        return result;
    }

    private static (string Path, string Source) PlaceOf(ReadResult result)
    {
        var error = Assert.Single(result.Errors);
        return (error.Path, error.Source);
    }

    private static string Function(string name, int port, string more = "") =>
        $$"""
        "{{name}}": {
            "Runtime": "Process", "Command": ["./{{name}}"], "Listen": ["http://*:{{port}}"]{{more}}
          }
        """;

    private void Write(params string[] functions) => _directory.Write("x.json", $$"""{ "Gateway": { "Functions": { {{string.Join(", ", functions)}} } } }""");

    private void WriteProxy(string one, string other, string cluster = "other", string more = "") => _directory.Write("x.json",
        $$"""
        { "Gateway": { "Functions": { {{Function("a", 81)}} } },
          "ReverseProxy": {
            "Routes": {
              "c": { "ClusterId": "other", "Match": { "Hosts": ["{{one}}"] } },
              "d": { "ClusterId": "other", "Match": { "Hosts": ["{{other}}"] }{{more}} } },
            "Clusters": { "{{cluster}}": { "Destinations": { "x": { "Address": "http://127.0.0.1:1" } } } } } }
        """);

    private void WriteRouted(string host) => _directory.Write("x.json",
        $$"""
        { "Gateway": { "Functions": { {{Function("a", 81)}}, {{Function("b", 82)}} } },
          "Kestrel": { "Endpoints": { "http": { "Url": "http://*:80" } } },
          "ReverseProxy": { "Routes": { "b": { "ClusterId": "b", "Match": { "Hosts": ["{{host}}"] } } } } }
        """);
}
