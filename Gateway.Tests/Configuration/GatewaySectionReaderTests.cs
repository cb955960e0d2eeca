using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class GatewaySectionReaderTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Gateway": {} }""")]
    [InlineData("""{ "Gateway": null }""")]
    [InlineData("""{ "Gateway": { "Functions": {}, "Admin": {}, "Ebpf": { "Interfaces": [] }, "Docker": null, "Budget": { "PerMinute": null } } }""")]
    public void Read_Nothing_IsAllDefaults(string json) => Assert.Equal(new GatewayOptions { Runtimes = Given.Engines() }, Given.Read(Given.Json(json)));

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        var options = Given.Read(Given.Json("""
            { "Gateway": {
                "Name": "edge-1", "ServerTiming": true,
                "Admin": { "Url": "http://192.0.2.1:9191/" },
                "Ebpf": { "Mode": "required", "Xdp": "Generic", "Interfaces": ["eth0", "lo"], "ClientHello": false },
                "Docker": { "Endpoint": "tcp://engine:2375" },
                "Budget": { "Concurrent": 1, "PerMinute": 2, "PerFunctionPerMinute": 3 },
                "State": { "Path": "state.json" }, "Memory": { "Budget": "1.5GiB" },
                "Limits": { "Connections": 100, "ConnectionsPerClient": 10, "Held": 20, "HeldBytes": "2MiB" } } }
            """));

        Assert.Equal(
            new GatewayOptions
            {
                Name = "edge-1",
                ServerTiming = true,
                Admin = new AdminOptions { Url = new Uri("http://192.0.2.1:9191"), Listen = [new ListenAddress("http", IPAddress.Parse("192.0.2.1"), 9191)] },
                Ebpf = new EbpfOptions { Mode = EbpfMode.Required, Xdp = XdpMode.Generic, Interfaces = ["eth0", "lo"], ClientHello = false },
                Runtimes = Given.Engines(docker: "tcp://engine:2375"),
                Budget = new BudgetOptions { Concurrent = 1, PerMinute = 2, PerFunctionPerMinute = 3 },
                State = new StateOptions { Path = "state.json" },
                Memory = new MemoryOptions { Budget = 3L << 29 },
                ClientLimits = new ClientLimits { Connections = 100, ConnectionsPerClient = 10, Held = 20, HeldBytes = 2 << 20 },
            },
            options);
    }

    // The name goes into containers' names, so the default must be one whatever the address.
    [Theory]
    [InlineData("http://127.0.0.1:9", "headstart-127.0.0.1-9")]
    [InlineData("http://*:9", "headstart-any-9")]
    [InlineData("http://[fe80::1%3]:9", "headstart-fe80..1.3-9")]
    public void Read_NoName_IsMadeOfTheAdminAddress(string url, string expected)
    {
        var name = Given.Read(Given.Json($$"""{ "Gateway": { "Admin": { "Url": "{{url}}" } } }""")).Name;

        Assert.Equal(expected, name);
        Assert.True(Names.IsValid(name, Names.MaxFunctionName));
    }

    [Theory]
    [InlineData("http://*:9", "http://[::]:9/", "http://*:9")]
    [InlineData("http://localhost:9", "http://localhost:9/", "http://127.0.0.1:9", "http://[::1]:9")]
    [InlineData("http://[fe80::1%3]:9", "http://[fe80::1]:9/", "http://[fe80::1%3]:9")]
    public void Read_AdminUrl_IsAUriAndItsSockets(string written, string url, params string[] listen)
    {
        var admin = Given.Read(Given.Json($$"""{ "Gateway": { "Admin": { "Url": "{{written}}" } } }""")).Admin;

        Assert.Equal(url, admin.Url.AbsoluteUri);
        Assert.Equal(listen, admin.Listen.Select(address => address.ToString()));
    }

    [Theory]
    [InlineData("\"Admin\": { \"Url\": \"https://*:9\" }", "Admin:Url", "is not one http address")]
    [InlineData("\"Admin\": { \"Url\": \"http://*:9-10\" }", "Admin:Url", "is not one http address")]
    [InlineData("\"Admin\": { \"Url\": \"http://*:0\" }", "Admin:Url", "a number from 1 to 65535")]
    [InlineData("\"Admin\": { \"Urls\": \"x\" }", "Admin:Urls", "did you mean 'Url'?")]
    [InlineData("\"Admin\": \"http://*:9\"", "Admin", "expected an object")]
    [InlineData("\"Name\": \"a b\"", "Name", "cannot name a gateway")]
    [InlineData("\"ServerTiming\": 1", "ServerTiming", "'1' is neither true nor false.")]
    [InlineData("\"Ebpf\": { \"Mode\": \"On\" }", "Ebpf:Mode", "'On' is not one of Auto, Required, Off.")]
    [InlineData("\"Ebpf\": { \"Xdp\": \"Skb\" }", "Ebpf:Xdp", "is not one of Auto, Native, Generic, Off.")]
    [InlineData("\"Ebpf\": { \"Interfaces\": \"eth0\" }", "Ebpf:Interfaces", "expected a list")]
    [InlineData("\"Ebpf\": { \"Interfaces\": [\"eth0123456789012\"] }", "Ebpf:Interfaces:0", "1 to 15 characters")]
    [InlineData("\"Ebpf\": { \"Interfaces\": [\"a\", \"a/b\"] }", "Ebpf:Interfaces:1", "is not an interface's name")]
    [InlineData("\"Ebpf\": { \"Interfaces\": [\"a\", \"a\"] }", "Ebpf:Interfaces:1", "name each interface once")]
    [InlineData("\"Ebpf\": { \"ClientHello\": \"Auto\" }", "Ebpf:ClientHello", "'Auto' is neither true nor false.")]
    [InlineData("\"Ebpf\": { \"ClientHello\": true, \"Xdp\": \"Off\" }", "Ebpf:ClientHello", "XDP reads ClientHellos, and it is switched off here")]
    [InlineData("\"Ebpf\": { \"ClientHello\": true, \"Mode\": \"Off\" }", "Ebpf:ClientHello", "XDP reads ClientHellos, and it is switched off here")]
    [InlineData("\"Docker\": { \"Endpoint\": \"ssh://host\" }", "Docker:Endpoint", "is not an engine's address")]
    [InlineData("\"Docker\": { \"Endpoint\": \"/var/run/docker.sock\" }", "Docker:Endpoint", "is not an engine's address")]
    [InlineData("\"Docker\": { \"Endpoint\": \"tcp://host\" }", "Docker:Endpoint", "tcp://host:2375")]
    [InlineData("\"Docker\": { \"Endpoint\": \"unix://\" }", "Docker:Endpoint", "unix:///var/run/docker.sock")]
    [InlineData("\"Budget\": { \"Concurrent\": 0 }", "Budget:Concurrent", "from 1 to 10000.")]
    [InlineData("\"Budget\": { \"PerMinute\": 1000001 }", "Budget:PerMinute", "from 1 to 1000000.")]
    [InlineData("\"Budget\": { \"PerFunctionPerMinute\": \"many\" }", "Budget:PerFunctionPerMinute", "from 1 to 1000000.")]
    [InlineData("\"Memory\": { \"Budget\": \"lots\" }", "Memory:Budget", "is not a size of 1 MiB or more")]
    [InlineData("\"Memory\": { \"Budget\": \"1023K\" }", "Memory:Budget", "write e.g. \"2GiB\"")]
    [InlineData("\"Limits\": { \"Connections\": 15 }", "Limits:Connections", "from 16 to 10000000.")]
    [InlineData("\"Limits\": { \"Connections\": 20, \"ConnectionsPerClient\": 21 }", "Limits:ConnectionsPerClient", "lower it or raise Connections")]
    [InlineData("\"Limits\": { \"HeldBytes\": \"64K\" }", "Limits:HeldBytes", "is not a size of 1 MiB or more")]
    [InlineData("\"Limits\": { \"Hold\": 1 }", "Limits:Hold", "unknown key; did you mean 'Held'?")]
    [InlineData("\"State\": { \"File\": \"x\" }", "State:File", "unknown key; known here: Path.")]
    [InlineData("\"Podman\": { \"Endpoint\": \"ssh://x\" }", "Podman:Endpoint", "write \"unix:///run/podman/podman.sock\" or")]
    [InlineData("\"Function\": {}", "Function", "did you mean 'Functions'?")]
    [InlineData("\"Functions\": \"hello\"", "Functions", "expected an object")]
    public void Read_WrongValue_SaysWhereAndWhat(string gateway, string key, string expected)
    {
        var error = Given.Error($$"""{ "Gateway": { {{gateway}} } }""");

        Assert.Equal("Gateway:" + key, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GatewayIsNoObject_IsOneError() =>
        Assert.Equal("Gateway: expected an object { ... }, found '5'.", Given.Error("""{ "Gateway": 5 }""").ToString());

    [Fact]
    public void Read_DockerHost_IsTheDefaultOfTheEngine()
    {
        var options = Given.Read(Given.Json(Given.Docker(), ("DOCKER_HOST", "tcp://192.0.2.1:2375")));
        Assert.Equal(new Uri("tcp://192.0.2.1:2375"), ((EngineOptions)options.Runtimes["Docker"]).Endpoint);

        options = Given.Read(Given.Json("""{ "Gateway": { "Docker": { "Endpoint": "unix:///x" } } }""", ("DOCKER_HOST", "tcp://192.0.2.1:2375")));
        Assert.Equal(new Uri("unix:///x"), ((EngineOptions)options.Runtimes["Docker"]).Endpoint);
    }

    [Fact]
    public void Read_BadDockerHost_IsAnErrorOnlyIfAFunctionNeedsIt()
    {
        Assert.Equal("DOCKER_HOST", Given.Error(Given.Docker(), ("DOCKER_HOST", "ssh://host")).Path);
        Assert.Empty(Given.Errors(Given.Process(), ("DOCKER_HOST", "ssh://host")));
    }
}
