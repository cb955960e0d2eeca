using System.Net;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Process;
using Gateway.Tests.Runtimes;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class FunctionReaderTests
{
    private const string Hello = "Gateway:Functions:hello";

    [Fact]
    public void Read_OnlyWhatIsNeeded_DefaultsTheRest()
    {
        var idle = new IdleOptions { Tier = Tier.Stopped };
        Assert.Equal(new FunctionOptions { Name = "hello", Run = new ProcessRunOptions { Command = ["./hello"] }, Idle = idle }, Given.Function(Given.Process()));
        Assert.Equal(new FunctionOptions { Name = "hello", Run = new ContainerRunOptions("Docker") { Image = "hello:1", Port = 8080 }, Idle = idle }, Given.Function(Given.Docker()));
    }

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        var function = Given.Function("""
            { "gateway": { "functions": { "hello": {
                "runtime": "docker", "Image": "hello:1", "Command": ["/hello", ""], "Environment": { "A": "b", "B": "", "gone": null },
                "Port": 81, "Network": "front", "Listen": ["http://*:8081"], "SynId": "hi", "WakeOn": "clienthello",
                "Protocol": "H2C", "Route": { "Timeout": "00:00:07" }, "Ready": { "Path": "/healthz", "Host": "[::1]:81", "Timeout": "1:02:03" }, "Hold": { "Timeout": "00:00:00.250", "MaxRequests": 0, "MaxPerClient": 3 },
                "Idle": { "After": "00:00:00", "Tier": "Stopped", "KeepAliveTier": "Paused" }, "Scale": { "Min": 2, "Max": 3, "Concurrency": 4 } } } } }
            """);

        Assert.Equal(
            new FunctionOptions
            {
                Name = "hello",
                Run = new ContainerRunOptions("Docker")
                {
                    Image = "hello:1",
                    Command = ["/hello", ""],
                    Environment = new Dictionary<string, string> { ["A"] = "b", ["B"] = "" },
                    Port = 81,
                    Network = "front",
                },
                Listen = [new ListenAddress("http", null, 8081)],
                SynId = "hi",
                WakeOn = SignalKind.ClientHello,
                Protocol = FunctionProtocol.H2c,
                Route = new RouteConfig { RouteId = "hello", ClusterId = "hello", Match = new RouteMatch { Path = "/{**rest}" }, Timeout = TimeSpan.FromSeconds(7) },
                Ready = new ReadyOptions { Path = "/healthz", Host = "[::1]:81", Timeout = new TimeSpan(1, 2, 3) },
                Hold = new HoldOptions { Timeout = TimeSpan.FromMilliseconds(250), MaxRequests = 0, MaxPerClient = 3 },
                Idle = new IdleOptions { After = TimeSpan.Zero, Tier = Tier.Stopped, KeepAliveTier = Tier.Paused },
                Scale = new ScaleOptions { Min = 2, Max = 3, Concurrency = 4 },
            },
            function);
    }

    [Fact]
    public void Read_AutoWithBounds_IsTaken() => Assert.Equal(
        new IdleOptions { Deepest = Tier.Paused, Shallowest = Tier.Running },
        Given.Function(Given.Process("\"Idle\": { \"Tier\": \"auto\", \"Deepest\": \"paused\", \"Shallowest\": \"Running\" }")).Idle);

    [Fact]
    public void Read_Scale_IsTaken() => Assert.Equal(
        new ScaleOptions
        {
            Min = 1, Max = 9, Concurrency = 4, ConcurrencyLimit = 5, Target = 0.7, Window = TimeSpan.FromSeconds(30), PanicWindow = TimeSpan.FromSeconds(2),
            DownDelay = TimeSpan.FromMinutes(5), Activation = 3,
        },
        Given.Function(Given.Process(
            """
            "Scale": { "Min": 1, "Max": 9, "Concurrency": 4, "ConcurrencyLimit": 5, "Target": 0.7, "Window": "00:00:30", "PanicWindow": "00:00:02", "DownDelay": "00:05:00", "Activation": 3 }
            """)).Scale);

    [Theory]
    // What is not written follows from what is.
    [InlineData("\"Max\": 2, \"Window\": \"00:05:00\"", 100, 30.0)]
    [InlineData("\"Max\": 2, \"Window\": \"00:00:01\"", 100, 0.1)]
    [InlineData("\"ConcurrencyLimit\": 20", 20, 6.0)]
    [InlineData("\"ConcurrencyLimit\": 200", 100, 6.0)]
    public void Read_ScaleInPart_HasTheRest(string scale, int concurrency, double panic)
    {
        var read = Given.Function(Given.Process($"\"Scale\": {{ {scale} }}")).Scale;

        Assert.Equal((concurrency, TimeSpan.FromSeconds(panic)), (read.Concurrency, read.PanicWindow));
    }

    [Theory]
    [InlineData("\"Prot\": 1", "Gateway:Functions:hello:Prot: unknown key; did you mean 'Port'?")]
    [InlineData("\"Ready\": { \"Timeot\": \"00:00:01\" }", "Gateway:Functions:hello:Ready:Timeot: unknown key; did you mean 'Timeout'?")]
    [InlineData("\"Scale\": { \"Zebra\": 1 }", "Gateway:Functions:hello:Scale:Zebra: unknown key; known here: Max, Min, Target, DownDelay, Activation, ConcurrencyLimit, Concurrency, Window, PanicWindow.")]
    public void Read_UnknownKey_SuggestsOrLists(string more, string expected) =>
        Assert.Equal(expected, Given.Error(Given.Process(more)).ToString());

    [Theory]
    [InlineData("\"Port\": 0", "Port", "'0' is not a whole number from 1 to 65535.")]
    [InlineData("\"Port\": 65536", "Port", "'65536' is not a whole number from 1 to 65535.")]
    [InlineData("\"Port\": 80.5", "Port", "'80.5' is not a whole number")]
    [InlineData("\"Port\": \"\"", "Port", "'' is not a whole number")]
    [InlineData("\"Port\": [80]", "Port", "expected a single value, found a list")]
    [InlineData("\"Port\": { \"x\": 80 }", "Port", "expected a single value, found an object")]
    [InlineData("\"SynId\": \"\"", "SynId", "1 to 16 printable ASCII")]
    [InlineData("\"SynId\": \"12345678901234567\"", "SynId", "1 to 16 printable ASCII")]
    [InlineData("\"SynId\": \"a b\"", "SynId", "without spaces")]
    [InlineData("\"SynId\": \"h\u00e9\"", "SynId", "ASCII")]
    [InlineData("\"WakeOn\": \"Sin\"", "WakeOn", "'Sin' is not one of Syn, Established, ClientHello, Request; did you mean 'Syn'?")]
    [InlineData("\"WakeOn\": \"1\"", "WakeOn", "'1' is not one of")]
    [InlineData("\"Ready\": \"/healthz\"", "Ready", "expected an object { ... }, found '/healthz'.")]
    [InlineData("\"Ready\": [\"/healthz\"]", "Ready", "expected an object { ... }, found a list")]
    [InlineData("\"Ready\": { \"Path\": \"healthz\" }", "Ready:Path", "start it with '/'")]
    [InlineData("\"Ready\": { \"Path\": \"/a b\" }", "Ready:Path", "percent-encode")]
    [InlineData("\"Ready\": { \"Path\": \"/\", \"Host\": \"a/b\" }", "Ready:Host", "'a/b' is not a host")]
    [InlineData("\"Ready\": { \"Path\": \"/\", \"Host\": \"a:99999\" }", "Ready:Host", "'a:99999' is not a host")]
    [InlineData("\"Ready\": { \"Path\": \"/\", \"Host\": \"::1\" }", "Ready:Host", "'::1' is not a host")]
    [InlineData("\"Ready\": { \"Host\": \"a.example\" }", "Ready:Host", "there is no Path")]
    [InlineData("\"Protocol\": \"h2\"", "Protocol", "'h2' is not one of h1, h2c, Auto")]
    [InlineData("\"Route\": { \"Timeout\": \"00:00:01\" }", "Route", "there are none")]
    [InlineData("\"Ready\": { \"Timeout\": \"00:00:00\" }", "Ready:Timeout", "not a time from 00:00:00.001 to 1.00:00:00")]
    [InlineData("\"Ready\": { \"Timeout\": \"-00:00:30\" }", "Ready:Timeout", "not a time")]
    [InlineData("\"Ready\": { \"Timeout\": 30 }", "Ready:Timeout", "write hours:minutes:seconds, e.g. \"00:00:30\".")]
    [InlineData("\"Ready\": { \"Timeout\": \"5m\" }", "Ready:Timeout", "write hours:minutes:seconds, e.g. \"00:05:00\".")]
    [InlineData("\"Ready\": { \"Timeout\": \"250 ms\" }", "Ready:Timeout", "write hours:minutes:seconds, e.g. \"00:00:00.25\".")]
    [InlineData("\"Ready\": { \"Timeout\": \"2d\" }", "Ready:Timeout", "write hours:minutes:seconds, e.g. \"00:00:30\".")]
    [InlineData("\"Ready\": { \"Timeout\": \"soon\" }", "Ready:Timeout", "write hours:minutes:seconds, e.g. \"00:00:30\".")]
    [InlineData("\"Hold\": { \"Timeout\": \"24:00:00\" }", "Hold:Timeout", "not a time")]
    [InlineData("\"Hold\": { \"MaxPerClient\": 0 }", "Hold:MaxPerClient", "from 1 to")]
    [InlineData("\"Hold\": { \"MaxRequests\": -1 }", "Hold:MaxRequests", "from 0 to")]
    [InlineData("\"Idle\": { \"After\": \"31.00:00:00\" }", "Idle:After", "not a time from 00:00:00 to 30.00:00:00")]
    [InlineData("\"Idle\": { \"Ahead\": 1 }", "Idle:Ahead", "no instance of it waits in the tier Initialized; remove Ahead, or make Tier Initialized or Auto.")]
    [InlineData("\"Idle\": { \"Deepest\": \"Running\" }", "Idle:Deepest", "is not one of Paused, PagedOut, Initialized, Stopped")]
    [InlineData("\"Idle\": { \"Deepest\": \"Paused\", \"Shallowest\": \"Stopped\" }", "Idle:Deepest", "Paused is not as deep as Shallowest, which is Stopped")]
    [InlineData("\"Idle\": { \"Tier\": \"Paused\", \"Deepest\": \"Stopped\" }", "Idle:Deepest", "Tier is Paused, so there is nothing to choose; remove Deepest, or make Tier Auto.")]
    [InlineData("\"Idle\": { \"Tier\": \"Asleep\" }", "Idle:Tier", "is not one of Auto, Running, Paused, PagedOut, Initialized, Stopped")]
    [InlineData("\"Cpu\": { \"Limit\": 1 }", "Cpu", "a Process function's processor time is not limited")]
    [InlineData("\"HealthCheck\": { \"Timeout\": \"00:00:01\" }", "HealthCheck", "no Test; a Process function has no image with one")]
    [InlineData("\"HealthCheck\": { \"Test\": \"true\", \"Retries\": 3 }", "HealthCheck:Retries", "a Process function is checked until it is well; remove Retries.")]
    [InlineData("\"HealthCheck\": { \"Test\": \"true\", \"StartPeriod\": \"00:00:03\" }", "HealthCheck:StartPeriod", "remove StartPeriod.")]
    [InlineData("\"User\": \"no such user\"", "User", "'no such user' is no user; write a name, a uid or \"uid:gid\"")]
    [InlineData("\"User\": \"1:2:3\"", "User", "'1:2:3' is no user")]
    [InlineData("\"User\": \"nosuchuser\"", "User", "this machine has no account 'nosuchuser'; make it (useradd --system nosuchuser), or write a uid.")]
    [InlineData("\"User\": \"0:nosuchgroup\"", "User", "this machine has no group 'nosuchgroup'")]
    [InlineData("\"User\": \"4294967295\"", "User", "this machine has no account '4294967295'")]
    [InlineData("\"Memory\": \"1KiB\"", "Memory", "'1KiB' is not a program's memory; write a size of 1 MiB or more")]
    [InlineData("\"Pids\": 0", "Pids", "from 1 to 4194304")]
    [InlineData("\"OpenFiles\": 3", "OpenFiles", "from 16 to 1048576")]
    [InlineData("\"Scale\": { \"Max\": 0 }", "Scale:Max", "from 1 to 1000")]
    [InlineData("\"Scale\": { \"Max\": 1001 }", "Scale:Max", "from 1 to 1000")]
    [InlineData("\"Scale\": { \"Min\": 2 }", "Scale:Min", "2 is more than Max, which is 1 by default; lower Min or raise Max.")]
    [InlineData("\"Scale\": { \"Min\": 3, \"Max\": 2 }", "Scale:Min", "3 is more than Max, which is 2;")]
    [InlineData("\"Scale\": { \"Concurrency\": 0 }", "Scale:Concurrency", "from 1 to")]
    [InlineData("\"Scale\": { \"ConcurrencyLimit\": 0 }", "Scale:ConcurrencyLimit", "from 1 to")]
    [InlineData("\"Scale\": { \"ConcurrencyLimit\": 5, \"Concurrency\": 6 }", "Scale:Concurrency", "6 is more than ConcurrencyLimit, which is 5, so no instance would ever have as many;")]
    [InlineData("\"Scale\": { \"Max\": 2, \"Target\": 0 }", "Scale:Target", "'0' is not a number from 0.01 to 1.")]
    [InlineData("\"Scale\": { \"Max\": 2, \"Target\": 70 }", "Scale:Target", "'70' is not a number from 0.01 to 1.")]
    [InlineData("\"Scale\": { \"Max\": 2, \"Window\": \"00:00:00.5\" }", "Scale:Window", "is not a time from 00:00:01 to 01:00:00")]
    [InlineData("\"Scale\": { \"Max\": 2, \"PanicWindow\": \"00:02:00\" }", "Scale:PanicWindow", "00:02:00 is longer than Window, which is 00:01:00 by default; shorten PanicWindow or lengthen Window.")]
    [InlineData("\"Scale\": { \"Max\": 2, \"Window\": \"00:00:02\", \"PanicWindow\": \"00:00:03\" }", "Scale:PanicWindow", "00:00:03 is longer than Window, which is 00:00:02;")]
    [InlineData("\"Scale\": { \"Max\": 2, \"DownDelay\": \"02:00:00\" }", "Scale:DownDelay", "is not a time from 00:00:00 to 01:00:00")]
    [InlineData("\"Scale\": { \"Max\": 2, \"Activation\": 3 }", "Scale:Activation", "3 is more than Max, which is 2; lower Activation or raise Max.")]
    [InlineData("\"Scale\": { \"Activation\": 1 }", "Scale:Activation", "is for a function of several instances, and Max is 1 by default; raise Max or remove Activation.")]
    [InlineData("\"Scale\": { \"Max\": 1, \"Window\": \"00:00:30\" }", "Scale:Window", "is for a function of several instances, and Max is 1; raise Max or remove Window.")]
    [InlineData("\"Environment\": [\"A=b\"]", "Environment", "expected an object { \"name\": ... }, found a list")]
    [InlineData("\"Environment\": { \"A\": [\"b\"] }", "Environment:A", "expected a text, found an object or a list.")]
    [InlineData("\"Environment\": { \"A=\": \"b\" }", "Environment", "cannot be an environment variable")]
    [InlineData("\"Listen\": \"http://*:8081\"", "Listen", "expected a list [ ... ], found 'http://*:8081'.")]
    [InlineData("\"Listen\": { \"a\": \"http://*:8081\" }", "Listen", "expected a list [ ... ], found an object.")]
    [InlineData("\"Listen\": [[\"http://*:8081\"]]", "Listen:0", "expected a text")]
    [InlineData("\"Listen\": [\"http://*:8081\", null]", "Listen:1", "found null")]
    public void Read_WrongValue_SaysWhereAndWhat(string more, string key, string expected)
    {
        var error = Given.Error(Given.Process(more));

        Assert.Equal($"{Hello}:{key}", error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "", "no Runtime; add")]
    [InlineData("null", "", "no Runtime; add")]
    [InlineData("\"x\"", "", "expected an object")]
    [InlineData("""{ "Runtime": ["Docker"] }""", ":Runtime", "expected a single value, found a list")]
    [InlineData("""{ "Runtime": "Podman" }""", "", "no Image; a Podman function needs the image to run")]
    [InlineData("""{ "Runtime": "swarm" }""", ":Runtime", "'Swarm' is not built yet; use Process, Docker or Podman.")]
    [InlineData("""{ "Runtime": "Kubernetes" }""", ":Runtime", "'Kubernetes' is not built yet")]
    [InlineData("""{ "Runtime": "Dokcer" }""", ":Runtime", "is not one of Process, Docker, Podman; did you mean 'Docker'?")]
    [InlineData("""{ "Runtime": "Process" }""", "", "no Command; a Process function needs the program to run, e.g. \"Command\": [\"./hello\"].")]
    [InlineData("""{ "Runtime": "Process", "Command": [] }""", "", "no Command")]
    [InlineData("""{ "Runtime": "Process", "Command": [" "] }""", ":Command", "the program's name is empty")]
    [InlineData("""{ "Runtime": "Process", "Command": "./hello" }""", ":Command", "expected a list")]
    [InlineData("""{ "Runtime": "Process", "Command": ["a"], "Image": "x" }""", ":Image", "has no image")]
    [InlineData("""{ "Runtime": "Process", "Command": ["a"], "Network": "host" }""", ":Network", "no network of its own")]
    [InlineData("""{ "Runtime": "Process", "Command": ["a"], "Environment": { "PORT": "1" } }""", ":Environment:PORT", "write \"Port\" on the function instead")]
    [InlineData("""{ "Runtime": "Process", "Command": ["a"], "Port": 81, "Scale": { "Max": 2 } }""", ":Port", "cannot all listen on port 81")]
    [InlineData("""{ "Runtime": "Docker" }""", "", "no Image; a Docker function needs the image to run")]
    [InlineData("""{ "Runtime": "Docker", "Image": "" }""", "", "no Image")]
    [InlineData("""{ "Runtime": "Docker", "Image": "a b" }""", ":Image", "has a space in it")]
    [InlineData("""{ "Runtime": "Docker", "Image": ["a"] }""", ":Image", "expected a single value")]
    [InlineData("""{ "Runtime": "Docker", "Image": "a", "Network": "none" }""", ":Network", "is not a network to reach a container by")]
    [InlineData("""{ "Runtime": "Docker", "Image": "a", "WorkingDirectory": "/" }""", ":WorkingDirectory", "runs where its image says")]
    [InlineData("""{ "Runtime": "Docker", "Image": "a", "Network": "host", "Scale": { "Max": 2 } }""", ":Port", "of the Network 'host'")]
    public void Read_RuntimeRules_OneErrorEach(string function, string key, string expected)
    {
        // "x" is an error of its own, beside the missing runtime.
        var errors = Given.Errors($$"""{ "Gateway": { "Functions": { "hello": {{function}} } } }""");

        var error = Assert.Single(errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
        Assert.Equal(Hello + key, error.Path);
        Assert.Equal(function == "\"x\"" ? 2 : 1, errors.Count);
    }

    [Fact]
    public void Read_DockerWithPortInEnvironment_IsItsOwnAffair() =>
        Assert.Equal("1", Given.Function(Given.Docker("\"Environment\": { \"PORT\": \"1\" }")).Container.Environment["PORT"]);

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("A.b_c-9")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123")]
    public void Read_GoodName_IsTaken(string name)
    {
        // A second function, as the name "0" alone would look like a list.
        var json = $$"""{ "Gateway": { "Functions": { "{{name}}": { "Runtime": "Process", "Command": ["a"] }, "zz": { "Runtime": "Process", "Command": ["a"] } } } }""";
        Assert.Equal(name, Given.Read(Given.Json(json)).Functions[name].Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("h\u00e9llo")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void Read_BadName_SaysWhatANameIs(string name)
    {
        var error = Given.Error($$"""{ "Gateway": { "Functions": { "{{name}}": { "Runtime": "Process", "Command": ["a"] } } } }""");

        Assert.Equal($"Gateway:Functions:{name}", error.Path);
        Assert.Contains("is not a function name; use 1 to 63 letters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FunctionsAsAList_IsOneError()
    {
        var error = Given.Error("""{ "Gateway": { "Functions": [ { "Runtime": "Process", "Command": ["a"] } ] } }""");

        Assert.Equal("Gateway:Functions: expected an object { \"name\": ... }, found a list [ ... ].", error.ToString());
    }

    [Fact]
    public void Read_OneSynIdTwice_NamesBoth()
    {
        var error = Given.Error("""
            { "Gateway": { "Functions": {
                "a": { "Runtime": "Process", "Command": ["a"], "SynId": "x" },
                "b": { "Runtime": "Process", "Command": ["b"], "SynId": "x" },
                "c": { "Runtime": "Process", "Command": ["c"], "SynId": "X" } } } }
            """);

        Assert.Equal("Gateway:Functions:b:SynId: 'x' is the SynId of Gateway:Functions:a too; each function needs its own.", error.ToString());
    }

    [Fact]
    public void Read_FromTheEnvironment_OverridesAndExtends()
    {
        var function = Given.Function(
            Given.Process("\"Port\": 81"), ("GATEWAY:FUNCTIONS:HELLO:PORT", "82"), ("Gateway:Functions:hello:Command:7", "-v"));

        Assert.Equal(82, function.Run.Port);
        Assert.Equal(["./hello", "-v"], function.Process().Command);
        Assert.Equal("hello", function.Name);
    }

    [Theory]
    [InlineData("http://*:8100-8102", "http://*:8100", "http://*:8101", "http://*:8102")]
    [InlineData("http://localhost:81", "http://127.0.0.1:81", "http://[::1]:81")]
    public void Read_ListenOfManyAddresses_IsExpanded(string listen, params string[] expected) =>
        Assert.Equal(expected, Given.Function(Given.Process($"\"Listen\": [\"{listen}\"]")).Listen.Select(address => address.ToString()));

    [Fact]
    public void Read_ListenWithAddress_KeepsIt() =>
        Assert.Equal(
            [new ListenAddress("http", IPAddress.Parse("203.0.113.7"), 443)],
            Given.Function(Given.Process("\"Listen\": [\"http://203.0.113.7:443\"]")).Listen);
}
