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
                "Ebpf": { "Mode": "required", "Xdp": "Generic", "Interfaces": ["eth0", "lo"], "ClientHello": false,
                          "Limits": { "PerSource": null, "PerNetwork": { "PerSecond": 7 }, "Total": { "PerSecond": 0.1, "Burst": 4 }, "Proven": { "Burst": 9 }, "ProvenFor": "00:01:00", "Remember": 2048 } },
                "Access": { "Allow": ["10.0.0.0/8", "2001:db8::/32"], "Deny": ["10.1.2.3", "::1"] },
                "Docker": { "Endpoint": "tcp://engine:2375" },
                "Budget": { "Concurrent": 1, "PerMinute": 2, "PerFunctionPerMinute": 3 },
                "Trust": { "Enabled": false, "Within": "00:00:05", "Threshold": 0.25, "Calm": "00:10:00" },
                "State": { "Path": "state.json" }, "Memory": { "Budget": "1.5GiB" },
                "Limits": { "Connections": 100, "ConnectionsPerClient": 10, "Held": 20, "HeldBytes": "2MiB" } } }
            """));

        var limits = new SynLimitOptions
        {
            PerSource = new(0),
            PerNetwork = new(7, 35),
            Total = new(0.1, 4),
            Proven = new(500, 9),
            ProvenFor = TimeSpan.FromMinutes(1),
            Remember = 2048,
        };
        Assert.Equal(
            new GatewayOptions
            {
                Name = "edge-1",
                ServerTiming = true,
                Admin = new AdminOptions { Url = new Uri("http://192.0.2.1:9191"), Listen = [new ListenAddress("http", IPAddress.Parse("192.0.2.1"), 9191)] },
                Ebpf = new EbpfOptions { Mode = EbpfMode.Required, Xdp = XdpMode.Generic, Interfaces = ["eth0", "lo"], ClientHello = false, Limits = limits },
                Access = new AccessOptions
                {
                    Allow = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")],
                    Deny = [IPNetwork.Parse("10.1.2.3/32"), IPNetwork.Parse("::1/128")],
                },
                Runtimes = Given.Engines(docker: "tcp://engine:2375"),
                Budget = new BudgetOptions { Concurrent = 1, PerMinute = 2, PerFunctionPerMinute = 3 },
                Trust = new TrustOptions { Enabled = false, Within = TimeSpan.FromSeconds(5), Threshold = 0.25, Calm = TimeSpan.FromMinutes(10) },
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
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"collector:4318\" }", "MetricsExport:Endpoint", "'collector:4318' is not the address of a collector; write e.g. \"http://127.0.0.1:4318\".")]
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"https://a:b@collector\" }", "MetricsExport:Endpoint", "write it as the header Authorization in Headers.")]
    [InlineData("\"MetricsExport\": { \"Every\": \"00:00:10\" }", "MetricsExport:Endpoint", "missing, so nothing is sent")]
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"http://a\", \"Every\": \"00:00:00.5\" }", "MetricsExport:Every", "is not a time from 00:00:01 to 01:00:00")]
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"http://a\", \"Headers\": { \"X Key\": \"a\" } }", "MetricsExport:Headers", "'X Key' is not a header's name")]
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"http://a\", \"Headers\": { \"X-Key\": \"\\u0161\" } }", "MetricsExport:Headers", "printable ASCII")]
    [InlineData("\"MetricsExport\": { \"Endpoint\": \"http://a\", \"Headers\": { \"content-type\": \"text/plain\" } }", "MetricsExport:Headers", "'content-type' is set by the gateway itself")]
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
    [InlineData("\"Ebpf\": { \"Limits\": { \"PerSource\": 5 } }", "Ebpf:Limits:PerSource", "expected an object")]
    [InlineData("\"Ebpf\": { \"Limits\": { \"Total\": { \"PerSecond\": -1 } } }", "Ebpf:Limits:Total:PerSecond", "is not a number from 0 to 1000000")]
    [InlineData("\"Ebpf\": { \"Limits\": { \"Total\": { \"PerSecond\": 0, \"Burst\": 5 } } }", "Ebpf:Limits:Total:Burst", "there is no limit with a PerSecond of 0")]
    [InlineData("\"Ebpf\": { \"Limits\": { \"Proven\": { \"Burst\": 0 } } }", "Ebpf:Limits:Proven:Burst", "is not a whole number from 1 to 10000000")]
    [InlineData("\"Ebpf\": { \"Limits\": { \"ProvenFor\": \"1.00:00:01\" } }", "Ebpf:Limits:ProvenFor", "is not a time from 00:00:00 to 1.00:00:00")]
    [InlineData("\"Ebpf\": { \"Limits\": { \"Remember\": 1023 } }", "Ebpf:Limits:Remember", "is not a whole number from 1024 to 1000000")]
    [InlineData("\"Access\": { \"Allow\": \"10.0.0.0/8\" }", "Access:Allow", "expected a list")]
    [InlineData("\"Access\": { \"Allowed\": [] }", "Access:Allowed", "did you mean 'Allow'?")]
    [InlineData("\"Access\": { \"Deny\": [\"10.0.0.0/8\", \"10\"] }", "Access:Deny:1", "'10' is neither an address nor a network; write e.g. \"192.0.2.1\"")]
    [InlineData("\"Access\": { \"Deny\": [\"hello.example\"] }", "Access:Deny:0", "is neither an address nor a network")]
    [InlineData("\"Access\": { \"Deny\": [\"fe80::1%eth0\"] }", "Access:Deny:0", "is neither an address nor a network")]
    [InlineData("\"Access\": { \"Deny\": [\"::ffff:10.0.0.1\"] }", "Access:Deny:0", "is an IPv4 address mapped into an IPv6 one; write it as IPv4.")]
    [InlineData("\"Access\": { \"Deny\": [\"10.0.0.0/33\"] }", "Access:Deny:0", "has a prefix that is not a number from 0 to 32.")]
    [InlineData("\"Access\": { \"Deny\": [\"2001:db8::/\"] }", "Access:Deny:0", "has a prefix that is not a number from 0 to 128.")]
    [InlineData("\"Access\": { \"Deny\": [\"10.1.2.3/8\"] }", "Access:Deny:0", "has bits beyond its prefix; write \"10.0.0.0/8\" for the network, or \"10.1.2.3\" for the address.")]
    [InlineData("\"Access\": { \"Deny\": [\"2001:db8::1/33\"] }", "Access:Deny:0", "write \"2001:db8::/33\" for the network, or \"2001:db8::1\" for the address.")]
    [InlineData("\"Docker\": { \"Endpoint\": \"ssh://host\" }", "Docker:Endpoint", "is not an engine's address")]
    [InlineData("\"Docker\": { \"Endpoint\": \"/var/run/docker.sock\" }", "Docker:Endpoint", "is not an engine's address")]
    [InlineData("\"Docker\": { \"Endpoint\": \"tcp://host\" }", "Docker:Endpoint", "tcp://host:2375")]
    [InlineData("\"Docker\": { \"Endpoint\": \"unix://\" }", "Docker:Endpoint", "unix:///var/run/docker.sock")]
    [InlineData("\"Docker\": { \"KeptNetworks\": -1 }", "Docker:KeptNetworks", "is not a whole number from 0 to 1000.")]
    [InlineData("\"Podman\": { \"KeptNetworks\": 1001 }", "Podman:KeptNetworks", "is not a whole number from 0 to 1000.")]
    [InlineData("\"Budget\": { \"Concurrent\": 0 }", "Budget:Concurrent", "from 1 to 10000.")]
    [InlineData("\"Budget\": { \"PerMinute\": 1000001 }", "Budget:PerMinute", "from 1 to 1000000.")]
    [InlineData("\"Budget\": { \"PerFunctionPerMinute\": \"many\" }", "Budget:PerFunctionPerMinute", "from 1 to 1000000.")]
    [InlineData("\"Trust\": { \"Within\": \"00:02:00\" }", "Trust:Within", "00:01:00")]
    [InlineData("\"Trust\": { \"Threshold\": 1 }", "Trust:Threshold", "0.95")]
    [InlineData("\"Trust\": { \"Calm\": 60 }", "Trust:Calm", "")]
    [InlineData("\"Memory\": { \"Budget\": \"lots\" }", "Memory:Budget", "is not a size of 1 MiB or more")]
    [InlineData("\"Memory\": { \"Budget\": \"1023K\" }", "Memory:Budget", "write e.g. \"2GiB\"")]
    [InlineData("\"Limits\": { \"Connections\": 15 }", "Limits:Connections", "from 16 to 10000000.")]
    [InlineData("\"Limits\": { \"Connections\": 20, \"ConnectionsPerClient\": 21 }", "Limits:ConnectionsPerClient", "lower it or raise Connections")]
    [InlineData("\"Limits\": { \"HeldBytes\": \"64K\" }", "Limits:HeldBytes", "is not a size of 1 MiB or more")]
    [InlineData("\"Limits\": { \"Hold\": 1 }", "Limits:Hold", "unknown key; did you mean 'Held'?")]
    [InlineData("\"State\": { \"Path\": false }", "State:Path", "'False' is not a path; write a file, or \"\" to keep nothing.")]
    [InlineData("\"AccessLog\": { \"Path\": true }", "AccessLog:Path", "'True' is not a path; write a file, or \"stdout\", or leave it out for no access log.")]
    [InlineData("\"Docker\": { \"Gate\": false }", "Docker:Gate", "'False' is not a path; write a directory of this machine, or \"\" for no gates.")]
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
