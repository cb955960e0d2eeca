using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>The texts that earlier gateways have left in state files and on containers name the same programs still.</summary>
public sealed class ProgramFingerprintTests
{
    private const string All = """
        "Command": ["/hello", "a b"], "Environment": { "B": "2", "A": "1" }, "Port": 81, "Network": "front", "Networks": ["front", "back"],
        "Volumes": ["data:/data:ro", "tmpfs:/run", "/srv/x:/x", "/own"], "User": "1000:1000", "Memory": "256MiB", "Pids": 100, "Init": true,
        "Labels": { "a": "b" }, "Pull": "Never", "StopTimeout": "00:00:07", "Cpu": { "Limit": 0.5, "Shares": 512, "Boost": true },
        "HealthCheck": { "Test": ["CMD", "true"], "Interval": "00:00:01", "Timeout": "00:00:02", "Retries": 3, "StartPeriod": "00:00:04" },
        "Ready": { "Path": "/healthz" }
        """;

    public static TheoryData<string, string> Programs => new()
    {
        { Given.Process(), "b538471d9486a3ec" },
        { Given.Process("\"Environment\": { \"B\": \"2\", \"A\": \"1\" }, \"WorkingDirectory\": \"/srv\", \"Port\": 81, \"StopTimeout\": \"00:00:07\", \"Ready\": { \"Path\": \"/healthz\" }"), "a4b1198e4a69e92f" },
        { Given.Docker(), "39b484d69cbed25f" },
        { Given.Docker(All), "db335647ef7e8ad4" },
        { Given.Docker(All).Replace("\"Docker\"", "\"podman\"", StringComparison.Ordinal), "daac0e35b3a20a70" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void OfWake_IsWhatEarlierGatewaysHaveWritten(string json, string expected) =>
        Assert.Equal(expected, ProgramFingerprint.OfWake(Given.Function(json)));

    [Theory]
    [InlineData("", "794f1f2b8a256d3dbb047db0fc7494aa")]
    [InlineData(All, "bf1283c0760e858d5b54b9c8d64054c7")]
    public void Hash_OfAContainer_IsWhatGatewaysSinceTheThirdLayoutHaveLabelledWith(string more, string expected)
    {
        var image = new EngineImage("sha256:1", [], "", null, ["/bin/sh", "-c"]);
        var facts = new EngineFacts("systemd", "json-file", IPAddress.Loopback, "", TimeSpan.Zero);

        Assert.Equal(expected, new ContainerSpec("g", Given.Function(Given.Docker(more)), image, facts, new DockerDialect()).Hash);
    }
}
