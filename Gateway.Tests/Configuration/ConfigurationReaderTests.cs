using System.Text;
using Gateway.Configuration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    [Fact]
    public void Read_ManyErrors_HidesNone()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Given.Read(Given.Json("""
            { "Gateway": {
                "Admn": {}, "Budget": { "Concurrent": 0 }, "Ebpf": { "Mode": "x", "Xdp": "y" },
                "Functions": {
                  "a": { "Runtime": "Process", "Prot": 1, "Listen": ["x", "http://*:81"], "Ready": { "Path": "x", "Timeout": 1 } },
                  "b": { "Runtime": "Docker", "Image": "b", "Listen": ["https://*:81"], "Scale": { "Min": 5 } },
                  "-": { } } },
              "ReverseProxy": { "Routes": { "r": { "ClusterId": "c" } } } }
            """)));

        Assert.Equal(
            [
                "Gateway:Admn", "Gateway:Budget:Concurrent", "Gateway:Ebpf:Mode", "Gateway:Ebpf:Xdp", "Gateway:Functions:-", "Gateway:Functions:-",
                "Gateway:Functions:a", "Gateway:Functions:a:Listen:0", "Gateway:Functions:a:Prot", "Gateway:Functions:a:Ready:Path",
                "Gateway:Functions:a:Ready:Timeout", "Gateway:Functions:b:Listen:0", "Gateway:Functions:b:Scale:Min",
                "Kestrel:Certificates:Default", "ReverseProxy:Routes:r:ClusterId", "ReverseProxy:Routes:r:Match",
            ],
            exception.Errors.Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_HttpsWithoutACertificate_IsOneError()
    {
        const string Listen = "\"Listen\": [\"https://*:81\", \"https://*:82\"]";
        Assert.Equal(
            "Kestrel:Certificates:Default: no certificate, but https://*:81 of Gateway:Functions:hello needs one; add e.g. { \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }.",
            Given.Error(Given.Process(Listen)).ToString());
        Assert.Empty(Given.Errors(Given.Process(Listen, """ "Kestrel": { "Certificates": { "Default": { "Path": "x" } } } """)));
        Assert.Empty(Given.Errors(Given.Process(Listen, """ "Kestrel": { "Endpoints": { "e": { "Url": "https://*:1", "Sni": { "a": { "Certificate": { "Path": "x" } } } } } } """)));
    }

    [Fact]
    public void Read_ControlCharacters_DoNotBreakTheLine()
    {
        var error = Given.Error(Given.Process("\"A\\nB\": 1"));

        Assert.Equal("Gateway:Functions:hello:A?B", error.Path);
    }

    [Fact]
    public void Read_SourcesOfOneConfiguration_AreTold()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("appsettings.json", Given.Process("\"Prot\": 1"));
        var configuration = new ConfigurationBuilder()
            .AddLastGoodJsonFile(directory.File("appsettings.json"))
            .AddCommandLine(["--Gateway:Functions:hello:Port=x"])
            .Build();
        using var disposable = (IDisposable)configuration;

        var exception = Assert.Throws<ConfigurationException>(() => Given.Read(configuration));

        Assert.Equal(
            """
            The command line has 1 error:
              Gateway:Functions:hello:Port: 'x' is not a whole number from 1 to 65535.
            appsettings.json has 1 error:
              Gateway:Functions:hello:Prot: unknown key; did you mean 'Port'?
            """,
            StartupErrors.Describe(exception));
    }

    [Fact]
    public void Read_ProviderOfTheFramework_SaysTheSame()
    {
        var json = Given.Process("\"Listen\": [\"http://*:81\"], \"Environment\": { \"A\": \"b\" }");
        var root = new ConfigurationBuilder().AddInMemoryCollection(Given.Json(json).AsEnumerable()).Build();
        var chained = new ConfigurationBuilder().AddConfiguration(root).Build();
        var section = new ConfigurationBuilder()
            .AddInMemoryCollection(Given.Json(json).AsEnumerable().Select(pair => KeyValuePair.Create("x:" + pair.Key, pair.Value)))
            .Build().GetSection("x");

        var expected = Given.Read(Given.Json(json));
        Assert.Equal(expected, Given.Read(root));
        Assert.Equal(expected, Given.Read(chained));
        Assert.Equal(expected, Given.Read(section));
    }

    [Fact]
    public void Read_TenThousandFunctions_IsQuick()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("appsettings.json", Many(10_000));
        using var configuration = (ConfigurationRoot)new ConfigurationBuilder().AddLastGoodJsonFile(directory.File("appsettings.json")).Build();

        // Processor time, so that a busy machine does not fail it. Other tests do not run beside this one.
        var started = Environment.CpuUsage.TotalTime;
        var options = Given.Read(configuration);
        var read = Environment.CpuUsage.TotalTime - started;
        using var validated = new ValidatedConfiguration(options, Given.TryRead(configuration).Root!);
        started = Environment.CpuUsage.TotalTime;
        var urls = validated.Kestrel.GetSection("Endpoints").GetChildren().Count(endpoint => endpoint.GetSection("Url").Value is not null);
        var listed = Environment.CpuUsage.TotalTime - started;

        TestContext.Current.SendDiagnosticMessage($"10,000 functions: read {read.TotalMilliseconds} ms, endpoints listed {listed.TotalMilliseconds} ms of processor time");
        Assert.Equal((10_000, 10_001), (options.Functions.Count, urls));

        // Less than a second, the compiler's share included; what walks all keys for each section takes minutes.
        Assert.InRange(read, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        Assert.InRange(listed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public void TryRead_OneOfTenThousandChanged_TheRestIsTakenOver()
    {
        using var directory = new TemporaryDirectory();
        var json = Many(10_000);
        directory.Write("appsettings.json", json);
        using var configuration = (ConfigurationRoot)new ConfigurationBuilder().AddLastGoodJsonFile(directory.File("appsettings.json")).Build();
        var first = Given.TryRead(configuration, before: null);
        directory.Write("appsettings.json", json.Replace("\"f7.example\"", "\"g7.example\"", StringComparison.Ordinal));

        var started = Environment.CpuUsage.TotalTime;
        configuration.Reload();
        var second = Given.TryRead(configuration, first.Known);
        var same = second.Options == first.Options;
        var read = Environment.CpuUsage.TotalTime - started;

        TestContext.Current.SendDiagnosticMessage($"10,000 functions and routes, one changed: {read.TotalMilliseconds} ms of processor time");
        Assert.False(same);
        Assert.Equal(9_999, second.Options!.Proxy.Routes.Zip(first.Options!.Proxy.Routes).Count(pair => ReferenceEquals(pair.First, pair.Second)));
        Assert.InRange(read, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    // A seeded generator: the same garbage every time, made of our words and of others at all places.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Read_Garbage_ThrowsNothingElse(int seed)
    {
        var random = new Random(seed);
        var bad = 0;
        for (var i = 0; i < 2000; i++)
        {
            var pairs = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Garbage.Pair(random)).DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase);
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(pairs).Build();
            try
            {
                Given.Read(configuration);
            }
            catch (ConfigurationException exception)
            {
                bad++;
                Assert.NotEmpty(exception.Errors);
                Assert.All(exception.Errors, error => Assert.DoesNotContain('\n', error.ToString()));
            }
        }

        // The generator must reach both sides for the test to mean anything.
        Assert.InRange(bad, 1, 1999);
    }

    private static string Many(int count)
    {
        var functions = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            functions.Append(i == 0 ? "" : ",").Append($$"""
                "f{{i}}": { "Runtime": "Docker", "Image": "hello:1", "Command": ["/hello", "-v"], "Environment": { "A": "b" },
                  "Listen": ["http://127.0.0.1:{{20_000 + i}}"], "SynId": "f{{i}}", "Ready": { "Path": "/healthz" }, "Scale": { "Max": 2 } }
                """);
        }

        return $$"""{ "Gateway": { "Functions": { {{functions}} } }, "ReverseProxy": { "Routes": { {{string.Join(',', Enumerable.Range(0, count).Select(i =>
            $$"""  "r{{i}}": { "ClusterId": "f{{i}}", "Match": { "Hosts": ["f{{i}}.example"] } } """))}} } } }""";
    }
}

/// <summary>Makes keys and values that users might write by mistake, and some that nobody would write.</summary>
internal static class Garbage
{
    private static readonly string[] Keys =
    [
        "Gateway", "Kestrel", "ReverseProxy", "Functions", "hello", "Runtime", "Image", "Command", "Environment", "Port", "Network", "Listen", "SynId",
        "Ready", "Path", "Timeout", "Hold", "Idle", "Tier", "Scale", "Min", "Max", "Admin", "Url", "Ebpf", "Interfaces", "Docker", "Endpoint",
        "Budget", "Routes", "Clusters", "Destinations", "ClusterId", "Match", "Hosts", "Endpoints", "Sni", "Certificates", "Default", "0", "1", "-1", "99999999999", "", " ", "\n", "*",
    ];

    private static readonly string?[] Values =
    [
        null, "", " ", "0", "-1", "1", "80", "65536", "1e9", "99999999999999", "Process", "Docker", "Podman", "http://*:81", "http://[::1]:81", "http://[", "http://[]:1",
        "https://localhost:81-82", "http://unix:/x", "://", "http://*:1-65535", "hello", "xn--", "*.", "*.a", "\0", "\n", "\ud800", "00:00:01", "99:99:99",
        "unix://", "unix:///x", "tcp://:1", "tcp://[::1]:1", "[", "]", "]:", ":", "/", "/a", "true", "http://[fe80::1%eth0]:9", "http://%:1", "http://a:b@c:1",
    ];

    private static readonly string[] Roots =
        ["Gateway:Functions:hello", "Gateway:Functions:hello", "Gateway:Functions", "Gateway:Admin", "Gateway:Ebpf", "Gateway", "Kestrel:Endpoints:e", "ReverseProxy:Routes:r", "ReverseProxy", "Kestrel", ""];

    public static KeyValuePair<string, string?> Pair(Random random)
    {
        if (random.Next(3) == 0)
        {
            // Some keys have to be right, so that the reader gets to the others.
            return random.Next(2) == 0 ? new("Gateway:Functions:hello:Runtime", "Process") : new("Gateway:Functions:hello:Command:0", "a");
        }

        var tail = string.Join(':', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Keys[random.Next(Keys.Length)]));
        var root = Roots[random.Next(Roots.Length)];
        return new(root.Length == 0 ? tail : $"{root}:{tail}", Values[random.Next(Values.Length)]);
    }
}
