using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration.Labels;

/// <summary>What containers' labels make of a configuration.</summary>
public sealed class LabelledFunctionsTests
{
    private const string Endpoint = """ "Kestrel": { "Endpoints": { "http": { "Url": "http://*:8480" } } } """;

    private readonly LabelledFunctions _labels = new();
    private string _files = $$"""{ {{Endpoint}} }""";

    [Fact]
    public void Labels_OfEveryKind_AreWhatAFileWouldSay()
    {
        var read = Read(Box(
            "shop_web_1",
            [80],
            ("headstart.hosts", "shop.example, www.shop.example"),
            ("headstart.path", "/api/{**rest}"),
            ("headstart.listen", "http://127.0.0.1:8481,http://127.0.0.1:8482"),
            ("headstart.idle.after", "00:02:00"),
            ("headstart.Idle.Tier", "Paused"),
            ("headstart.access.allow.0", "10.0.0.0/8"),
            ("headstart.access.allow.1", "192.168.0.0/16"),
            ("headstart.access.deny", "10.1.0.0/16,10.2.0.0/16"),
            ("headstart.ready.path", "/healthz"),
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", "web"),
            ("org.opencontainers.image.title", "a shop")));

        Assert.Empty(read.Rejected);
        var options = read.Judged.Result.Options!;
        var web = options.Functions["web"];
        Assert.Equal(("Docker", 80, "shop_web_1"), (web.Run.Runtime, web.Run.Port, web.Container.Existing));
        Assert.Equal((TimeSpan.FromMinutes(2), Tier.Paused, "/healthz"), (web.Idle.After, web.Idle.Tier, web.Ready.Path));
        Assert.Equal([8481, 8482], web.Listen.Select(listen => listen.Port));
        Assert.Equal((2, 2), (web.Access.Allow.Count, web.Access.Deny.Count));
        Assert.Equal(["shop.example", "www.shop.example"], web.Hosts);
        var route = Assert.Single(options.Proxy.Routes);
        Assert.Equal(("web", "/api/{**rest}"), (route.ClusterId, route.Match.Path));
        Assert.Equal(["shop.example", "www.shop.example"], route.Match.Hosts);
    }

    /// <summary>Compose makes what is depended on first, but may have made it anew since.</summary>
    [Fact]
    public void ComposesDependencies_AreFollowedWhateverElseIsRejected()
    {
        var read = Read(
            OfShop("notes", ("com.docker.compose.depends_on", "db:service_started:false,mail:service_healthy:false,outside:service_healthy:false")),
            Box("bad", [80], ("headstart.idle.after", "soon")),
            OfShop("db"),
            OfShop("mail"));

        Assert.Equal(["bad"], read.Rejected.Select(one => one.Name));
        var functions = read.Judged.Result.Options!.Functions;
        Assert.Equal([new("db", DependencyCondition.Started, false), new("mail", DependencyCondition.Healthy, false)], functions["notes"].DependsOn);
    }

    [Fact]
    public void ComposesDependencies_OnOneThatIsRejected_AreComposesToStart()
    {
        var read = Read(OfShop("notes", ("com.docker.compose.depends_on", "db:service_started:false")), OfShop("db", ("headstart.idle.after", "soon")));

        Assert.Equal(["db"], read.Rejected.Select(one => one.Name));
        Assert.Empty(read.Judged.Result.Options!.Functions["notes"].DependsOn);
    }

    [Theory]
    [InlineData("headstart.idle.after", "soon", "label headstart.idle.after of container box: 'soon' is not a time")]
    [InlineData("headstart.Idle.Aftr", "00:01:00", "label headstart.Idle.Aftr of container box: unknown key; did you mean 'After'?")]
    [InlineData("headstart.scale.max", "3", "label headstart.scale.max of container box: 'box' is one container, so there cannot be 3 instances")]
    [InlineData("headstart.idle.tier", "Initialized", "label headstart.idle.tier of container box: a container waits in Initialized behind a gate")]
    [InlineData("headstart.memory", "1GiB", "container box: 'box' is a container of yours, which the gateway starts and stops and does not make, so Memory has no meaning here")]
    [InlineData("headstart.port", "http", "label headstart.port of container box: 'http' is not a whole number from 1 to 65535.")]
    [InlineData("headstart.hosts", "a b.example", "label headstart.hosts of container box: ")]
    [InlineData("headstart.hosts", "shop.example,known.example", "label headstart.hosts of container box: 'known.example' is a host of a route in the gateway's file")]
    [InlineData("headstart.path", "/login", "label headstart.path of container box: without headstart.hosts it would take this path of every host; add that label.")]
    [InlineData("headstart.listen", "http://*:8480", "label headstart.listen of container box: *:8480 overlaps *:8480 of Kestrel:Endpoints:http:Url")]
    [InlineData("headstart.enable", "yes", "label headstart.enable of container box: 'yes' is neither true nor false.")]
    [InlineData("headstart.name", "a/b", "label headstart.name of container box: 'a/b' is not a function name")]
    [InlineData("headstart.name", "known", "container box: The configuration has a function 'known', which is in use instead")]
    [InlineData("headstart.name", "first", "container box: the container older is the function 'first' already")]
    [InlineData("headstart.container", "other", "label headstart.container of container box: it is this container on this engine anyhow; remove the label.")]
    [InlineData("headstart.idle:veto:0:command", "/bin/true", "label headstart.idle:veto:0:command of container box: a key is written with points; write them instead of ':'.")]
    [InlineData("headstart.Container", "", "label headstart.Container of container box: it is this container on this engine anyhow; remove the label.")]
    [InlineData("headstart.Runtime", "Process", "label headstart.Runtime of container box: it is this container on this engine anyhow; remove the label.")]
    [InlineData("headstart.excludes", "known", "container box: its labels would have a say in when 'known' runs")]
    [InlineData("headstart.dependson", "known:completed", "container box: its labels would have a say in when 'known' runs")]
    [InlineData("headstart.split.0.function", "known", "container box: its labels would have a say in when 'known' runs")]
    [InlineData("headstart.idle.veto.0.command", "/bin/true", "label headstart.idle.veto.0.command of container box: it names something on the gateway's own machine")]
    [InlineData("headstart.Hold.Page.Theme", "/etc", "label headstart.Hold.Page.Theme of container box: it names something on the gateway's own machine")]
    [InlineData("headstart.dependson", "nobody", "label headstart.dependson of container box: 'nobody' is no function of Gateway:Functions; add it there, or remove it here.")]
    [InlineData("headstart.idle", "x", "label headstart.idle of container box: expected an object")]
    public void Labels_WithAMistake_AreRejectedInTheirWordsAndNothingElseChanges(string label, string value, string expected)
    {
        _files = $$"""
            {
                {{Endpoint}},
                "ReverseProxy": { "Routes": { "known": { "ClusterId": "known", "Match": { "Hosts": [ "known.example" ] } } } },
                "Gateway": { "Functions": { "known": { "Runtime": "Docker", "Image": "known:1" } } }
            }
            """;

        var read = Read(
            Box("older", [80], ("headstart.name", "first"), ("headstart.hosts", "first.example")),
            Box("box", [80], (label, value)),
            Box("younger", [80], ("headstart.hosts", "last.example")));

        var rejected = Assert.Single(read.Rejected);
        Assert.Equal(("Docker", "box"), (rejected.Runtime, rejected.Container));
        Assert.StartsWith(expected, rejected.Reason, StringComparison.Ordinal);
        Assert.Equal(["first", "known", "younger"], read.Judged.Result.Options!.Functions.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("headstart.hosts", "shop.example")]
    [InlineData("headstart.listen", "http://127.0.0.1:8481")]
    [InlineData("headstart.synid", "shop")]
    public void Labels_OfTwoThatWantTheSame_LeaveItToTheOlder(string label, string value)
    {
        var read = Read(Box("z-older", [80], (label, value)), Box("other", [80]), Box("a-younger", [80], (label, value)));

        Assert.Equal("a-younger", Assert.Single(read.Rejected).Container);
        Assert.Equal(["other", "z-older"], read.Judged.Result.Options!.Functions.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Labels_OfServicesOfOneName_AddTheProjectToTheYoungers()
    {
        var read = Read(
            Box("one_web_1", [80], ("com.docker.compose.project", "one"), ("com.docker.compose.service", "web")),
            Box("two_web_1", [80], ("com.docker.compose.project", "two"), ("com.docker.compose.service", "web")),
            Box("two_web_2", [80], ("com.docker.compose.project", "two"), ("com.docker.compose.service", "web")));

        Assert.Equal(["two-web", "web"], read.Judged.Result.Options!.Functions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("container two_web_2: the container two_web_1 is the function 'two-web' already; write another name as the label headstart.name.", Assert.Single(read.Rejected).Reason);
    }

    [Fact]
    public void Labels_WithoutAPort_TakeTheOnlyOneThatIsExposed()
    {
        var read = Read(Box("none", []), Box("one", [8000]), Box("two", [80, 443]), Box("said", [80, 443], ("headstart.port", "443")));

        Assert.Equal((8000, 443), (read.Judged.Result.Options!.Functions["one"].Run.Port, read.Judged.Result.Options.Functions["said"].Run.Port));
        Assert.Equal(
            ["container none: it exposes no port; write the label headstart.port, the port that its program listens on.", "container two: it exposes the ports 80, 443; write the label headstart.port, the port that its program listens on."],
            read.Rejected.Select(rejected => rejected.Reason));
    }

    [Fact]
    public void Labels_BesideAWrongFile_ChangeNothingOfItsMistakes()
    {
        _files = """{ "Gateway": { "Functions": { "hello": { "Runtime": "Docker", "Image": "hello:1", "Prot": 1 } } } }""";

        var read = Read(Box("box", [80], ("headstart.idle.after", "soon")));

        Assert.Equal("Gateway:Functions:hello:Prot", Assert.Single(read.Judged.Errors).Path);
        Assert.Empty(read.Rejected);
    }

    [Fact]
    public void Update_OfTheSameContainers_SaysSo()
    {
        Assert.False(_labels.Update("Docker", []));
        Assert.True(_labels.Update("Docker", [Box("box", [80], ("headstart.hosts", "a.example"))]));
        Assert.False(_labels.Update("Docker", [Box("box", [80], ("headstart.hosts", "a.example"))]));
        Assert.True(_labels.Update("Docker", [Box("box", [80], ("headstart.hosts", "b.example"))]));
        Assert.True(_labels.Update("Docker", []));
    }

    private static LabelledContainer OfShop(string service, params (string Label, string Value)[] labels) =>
        Box(service, [80], [("com.docker.compose.project", "shop"), ("com.docker.compose.service", service), .. labels]);

    private static LabelledContainer Box(string name, int[] ports, params (string Label, string Value)[] labels)
    {
        var all = new Dictionary<string, string> { ["headstart.enable"] = "true" };
        foreach (var (label, value) in labels)
        {
            all[label] = value;
        }

        return new LabelledContainer("Docker", name, all, ports);
    }

    private LabelledReading Read(params LabelledContainer[] containers)
    {
        var configuration = Given.Json(_files);
        _labels.Update("Docker", containers);
        return _labels.Read(ConfigurationTree.Of(configuration), some =>
        {
            var read = ConfigurationReader.TryRead(configuration, RuntimeModules.All, before: null, machine: null, some);
            return new JudgedReading(read, read.Errors);
        });
    }
}
