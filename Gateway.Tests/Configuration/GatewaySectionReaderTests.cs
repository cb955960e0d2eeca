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
                "State": { "Path": "state.json" }, "Memory": { "Budget": "1.5GiB" } } }
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
    [InlineData("\"Admin\": { \"Url\": \"https://*:9\" }", "Admin:Url", "no certificate for https; add Certificate here")]
    [InlineData("\"Admin\": { \"Url\": \"http://*:9-10\" }", "Admin:Url", "is not one address")]
    [InlineData("\"Admin\": { \"Url\": \"unix://admin.sock\" }", "Admin:Url", "is not the absolute path of a socket")]
    [InlineData("\"Admin\": { \"Certificate\": { \"Path\": \"x\" } }", "Admin:Certificate", "is for https, and the Url is not")]
    [InlineData("\"Admin\": { \"Hosts\": [\"a.example\", \"a.example:9090\"] }", "Admin:Hosts:1", "without a port")]
    [InlineData("\"Admin\": { \"Hosts\": [\"*.example\"] }", "Admin:Hosts:0", "is neither a host name nor an IP address")]
    [InlineData("\"Admin\": { \"Token\": \"fifteen-letters\" }", "Admin:Token", "the token has 15 characters, and needs 16 to 1024; make one with: openssl rand -hex 32.")]
    [InlineData("\"Admin\": { \"Token\": \"a token with spaces\" }", "Admin:Token", "has characters other than letters, digits")]
    [InlineData("\"Admin\": { \"Token\": \"0123456789abcdef\", \"TokenFile\": \"x\" }", "Admin:TokenFile", "there is a Token too")]
    [InlineData("\"Headers\": { \"Remove\": [\"X-A\", \"X A\"] }", "Headers:Remove:1", "is not the name of a header")]
    [InlineData("\"Headers\": { \"Remove\": [\"host\"] }", "Headers:Remove:0", "without 'host' HTTP does not work")]
    [InlineData("\"ForwardedHeaders\": { \"KnownProxies\": [\"10.0.0.1/8\"] }", "ForwardedHeaders:KnownProxies:0", "write \"10.0.0.0/8\" for the network, or \"10.0.0.1\" for the address.")]
    [InlineData("\"ForwardedHeaders\": { \"KnownProxies\": [\"proxy.internal\"] }", "ForwardedHeaders:KnownProxies:0", "is neither an address nor a network")]
    [InlineData("\"ForwardedHeaders\": { \"ForwardLimit\": 0 }", "ForwardedHeaders:ForwardLimit", "from 1 to 16.")]
    [InlineData("\"ProxyProtocol\": { \"From\": [\"10.0.0.0/33\"] }", "ProxyProtocol:From:0", "has a prefix that is not a number from 0 to 32.")]
    [InlineData("\"ProxyProtocol\": { \"From\": [\"::ffff:10.0.0.1\"] }", "ProxyProtocol:From:0", "write it as IPv4")]
    [InlineData("\"ProxyProtocol\": { \"From\": [\"::1\"], \"Timeout\": \"00:02:00\" }", "ProxyProtocol:Timeout", "is not a time from 00:00:01 to 00:01:00")]
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
    public void Read_WhatOfClientsIsBelieved_IsTaken()
    {
        var options = Given.Read(Given.Json("""
            { "Gateway": {
                "Admin": { "Url": "unix:///run/headstart/admin.sock", "Hosts": ["Gateway.Internal", "[2001:db8::1]"], "Token": "0123456789abcdef" },
                "Headers": { "Remove": ["X-A", "x-b"], "Underscores": true },
                "ForwardedHeaders": { "KnownProxies": ["10.0.0.0/8", "2001:db8::7"], "ForwardLimit": 2, "Host": true },
                "ProxyProtocol": { "From": ["192.0.2.1"], "Timeout": "00:00:03" } } }
            """));

        Assert.Equal(("/run/headstart/admin.sock", "unix:///run/headstart/admin.sock", 0), (options.Admin.Socket, options.Admin.Url.ToString(), options.Admin.Listen.Count));
        Assert.Equal(["gateway.internal", "2001:db8::1"], options.Admin.Hosts);
        Assert.Equal("0123456789abcdef", options.Admin.Token);
        Assert.DoesNotContain("0123456789abcdef", options.ToString(), StringComparison.Ordinal);
        Assert.True(Names.IsValid(options.Name, Names.MaxFunctionName), options.Name);
        Assert.True(options.Headers.Underscores && options.Headers.Remove.SetEquals(["x-a", "X-B"]));
        Assert.Equal((2, true), (options.Forwarded.ForwardLimit, options.Forwarded.Host));
        Assert.True(options.Forwarded.KnownProxies.Contains(IPAddress.Parse("::ffff:10.9.8.7")));
        Assert.True(options.Forwarded.KnownProxies.Contains(IPAddress.Parse("2001:db8::7")));
        Assert.False(options.Forwarded.KnownProxies.Contains(IPAddress.Parse("2001:db8::8")));
        Assert.Equal(TimeSpan.FromSeconds(3), options.ProxyProtocol.Timeout);
        Assert.Empty(Given.Read(Given.Json("""{ "Gateway": { "Headers": { "Remove": [] } } }""")).Headers.Remove);
    }

    [Theory]
    [InlineData("\"Admin\": { \"Url\": \"http://192.0.2.1:9\" }", "Gateway:Admin:Url", "there is no Token")]
    [InlineData("\"ForwardedHeaders\": { \"Host\": true }", "Gateway:ForwardedHeaders", "no KnownProxies")]
    [InlineData("\"ForwardedHeaders\": { \"KnownProxies\": [\"::/0\"] }", "Gateway:ForwardedHeaders:KnownProxies", "is everybody: every client may say who it is")]
    [InlineData("\"ProxyProtocol\": { \"Timeout\": \"00:00:03\" }", "Gateway:ProxyProtocol", "no From")]
    public void Read_WhatIsHardlyMeant_IsAWarning(string gateway, string path, string expected) => Assert.Contains(
        Given.Warnings($$"""{ "Gateway": { {{gateway}} } }"""), warning => warning.Path == path && warning.Message.Contains(expected, StringComparison.Ordinal));

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
