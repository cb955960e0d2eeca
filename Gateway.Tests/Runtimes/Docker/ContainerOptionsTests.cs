using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>What the options say is what the program finds.</summary>
[Collection("docker")]
public sealed class ContainerOptionsTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Start_UserLimitsAndInit_AreTheProgramsOwn()
    {
        await using var instance = await StartedAsync(Function.With(run => run with
        {
            Command = ["/bin/sh", "-c", "(busybox id -u; busybox id -g; busybox cat /proc/1/comm) > /tmp/out; exec busybox httpd -f -p $PORT -h /tmp"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            User = "1234:4321",
            Memory = 64 << 20,
            Pids = 33,
            Init = true,
            Labels = new Dictionary<string, string> { ["com.example.team"] = "shop" },
            Volumes = [new VolumeMount(VolumeKind.Tmpfs, "", "/tmp", "mode=1777")],
        }));

        Assert.Equal(["1234", "4321", "docker-init"], (await AskAsync(instance, "/out")).Split('\n'));
        var id = Assert.Single(await ContainersAsync());
        Assert.Equal("67108864 33 true shop test", await InspectAsync(
            id, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.Init}} {{index .Config.Labels \"com.example.team\"}} {{index .Config.Labels \"headstart.gateway\"}}"));
    }

    /// <summary>What images do that begin as root: they give their directories away, and become another user.</summary>
    [Fact]
    public async Task Start_Default_HasFewRightsAndIsEnoughForImagesThatBeginAsRoot()
    {
        await using var instance = await StartedAsync(Function.With(run => run with
        {
            Command = ["/bin/sh", "-c", "busybox mkdir /data && busybox chown 70:70 /data && busybox chmod 0700 /data && exec busybox httpd -f -u 70:70 -p $PORT"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
        }));
        Assert.Contains("404", await AskAsync(instance), StringComparison.Ordinal);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(
            "[ALL] [CHOWN DAC_OVERRIDE FOWNER KILL NET_BIND_SERVICE SETGID SETUID] [no-new-privileges] 2048 false",
            await InspectAsync(id, "{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}}"));
        Assert.True(ContainerRights.Of(instance) is { Uid: 70, Effective: 0, Bounding: ContainerRights.Default, NoNewPrivileges: 1 });
    }

    [Fact]
    public async Task Start_WrittenRights_AreTheProgramsOwn()
    {
        await using var instance = await StartedAsync(Function.With(run => run with
        {
            Command = ["/bin/sh", "-c", "busybox touch /x || busybox touch /run/readonly; exec busybox httpd -f -p $PORT -h /run"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            Volumes = [new VolumeMount(VolumeKind.Tmpfs, "", "/run", "mode=1777")],
            Capabilities = [],
            NewPrivileges = true,
            ReadOnly = true,
        }));

        Assert.DoesNotContain("404", await AskAsync(instance, "/readonly"), StringComparison.Ordinal);
        Assert.True(ContainerRights.Of(instance) is { Uid: 0, Effective: 0, Bounding: 0, NoNewPrivileges: 0 });
    }

    [Fact]
    public async Task Start_OnSeveralNetworks_IsReachedByTheFirstAndJoinsTheOthers()
    {
        string[] networks = ["a" + Function.Name, "b" + Function.Name, "c" + Function.Name];
        foreach (var network in networks)
        {
            await Engine.CommandAsync("network", "create", network);
        }

        var runtime = NewRuntime();
        var function = Function.With(run => run with { Network = networks[1], Networks = [networks[0], networks[2]] });
        await using var instance = await StartedAsync(function, runtime);

        Assert.Contains("404", await AskAsync(instance), StringComparison.Ordinal);
        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(instance.Endpoint!.Address.ToString(), await InspectAsync(id, $"{{{{(index .NetworkSettings.Networks \"{networks[1]}\").IPAddress}}}}"));
        Assert.Equal(3, (await InspectAsync(id, "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        await instance.StopAsync(default);
        await runtime.ForgetAsync(function.Name, default);
        await Engine.CommandAsync(["network", "rm", .. networks]);
    }

    [Fact]
    public async Task Prepare_OneOfItsNetworksIsNotThere_SaysWhich()
    {
        var function = Function.With(run => run with { Networks = ["not-there"] });

        var error = await Assert.ThrowsAsync<RuntimeException>(() => NewRuntime().PrepareAsync(function, default));

        Assert.Equal(
            $"Gateway:Functions:{Function.Name}:Networks: 'not-there' is not on the engine at {Engine.Endpoint}; create it or correct the name", error.Message);
        Assert.Empty(await ContainersAsync());
    }
}
