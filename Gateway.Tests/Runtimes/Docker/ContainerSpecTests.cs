using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>What a container is made from and how it is found again: needs no engine.</summary>
public sealed class ContainerSpecTests
{
    private static readonly EngineFacts Facts = new("cgroupfs", "json-file", IPAddress.Loopback, "", TimeSpan.Zero);

    private static readonly ContainerRunOptions Run = new(DockerDialect.RuntimeName)
    {
        Image = "hello:1",
        Command = ["a b", "c"],
        Environment = new Dictionary<string, string> { ["X"] = "1", ["Y"] = "2" },
        Port = 80,
    };

    private static readonly FunctionOptions Function = new() { Name = "hello", Run = Run };

    private static FunctionOptions[] Others =>
    [
        Function.With(run => run with { Command = ["a", "b c"] }),
        Function.With(run => run with { Command = ["a b", "c", ""] }),
        Function.With(run => run with { Environment = new Dictionary<string, string> { ["X"] = "1" } }),
        Function.With(run => run with { Network = "host" }),
        Function.With(run => run with { Port = 81 }),
        Function.With(run => run with { Volumes = [new VolumeMount(VolumeKind.Named, "data", "/data")] }),
        Function.With(run => run with { Volumes = [new VolumeMount(VolumeKind.Named, "data", "/data", "ro")] }),
        Function.With(run => run with { Networks = ["back"] }),
        Function.With(run => run with { User = "1000" }),
        Function.With(run => run with { Memory = 64 << 20 }),
        Function.With(run => run with { Pids = 64 }),
        Function.With(run => run with { Init = true }),
        Function.With(run => run with { Labels = new Dictionary<string, string> { ["a"] = "b" } }),
        Function.With(run => run with { HealthCheck = HealthCheckOptions.None }),
        Function.With(run => run with { HealthCheck = new HealthCheckOptions { Test = ["CMD", "true"] } }),
    ];

    public static TheoryData<int> OtherContainers => [.. Enumerable.Range(0, Others.Length)];

    [Theory]
    [MemberData(nameof(OtherContainers))]
    public void Hash_OtherContainer_Differs(int other) => Assert.NotEqual(Hash(Function), Hash(Others[other]));

    [Fact]
    public void Hash_OtherImage_Differs() => Assert.NotEqual(Hash(Function), Hash(Function, "sha256:2"));

    [Fact]
    public void Hash_OtherOrderOrPolicy_IsTheSame() => Assert.Equal(Hash(Function), Hash(Function with
    {
        Run = Run with
        {
            Environment = new Dictionary<string, string> { ["Y"] = "2", ["X"] = "1" },
            Pull = PullPolicy.Always,
            StopTimeout = TimeSpan.FromSeconds(1),
        },
        Idle = new IdleOptions { After = TimeSpan.FromSeconds(1) },
        Scale = new ScaleOptions { Max = 7 },
    }));

    [Fact]
    public void Hash_NoTwoOfTheOthers_AreTheSame() =>
        Assert.Distinct(Others.Select(other => Hash(other)));

    [Fact]
    public void ToParameters_OtherLoggingDriver_IsLeftToTheOperator()
    {
        var spec = new ContainerSpec("g", Function, Image("sha256:1"), Facts with { LoggingDriver = "journald" }, new DockerDialect());

        Assert.Null(spec.ToParameters("n", slot: 0).HostConfig!.LogConfig);
    }

    [Fact]
    public void Spec_WithoutPort_SaysWhatToDo() => Assert.Equal(
        "Gateway:Functions:hello:Port: a container needs one; write the port that the program listens on",
        Assert.Throws<RuntimeException>(() => Hash(Function.With(run => run with { Port = null }))).Message);

    [Fact]
    public void Name_OddCharacters_BecomeDashes() => Assert.Equal("headstart-a.b_c-d---2", ContainerLabels.Name("a.b_c-d é", 2));

    [Fact]
    public void CgroupPaths_OfTheReportedDriver_ComeFirst()
    {
        string[] both = ["/cg/docker/id", "/cg/system.slice/docker-id.scope"];

        var docker = new DockerDialect();
        Assert.Equal(both, docker.CgroupPaths("/cg", "cgroupfs", "id"));
        Assert.Equal(both.Reverse(), docker.CgroupPaths("/cg", "systemd", "id"));
        Assert.Empty(docker.CgroupPaths(null, "systemd", "id"));
    }

    private static string Hash(FunctionOptions function, string image = "sha256:1") =>
        new ContainerSpec("gateway", function, Image(image), Facts, new DockerDialect()).Hash;

    private static EngineImage Image(string id) => new(id, [], "", null, ["/bin/sh", "-c"]);
}
