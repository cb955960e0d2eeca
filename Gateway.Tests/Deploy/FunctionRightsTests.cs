using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>What a function of the Process runtime is allowed, as the kernel shows its running program, under each way to run the gateway.</summary>
[SideBySide]
public sealed class FunctionRightsTests
{
    private const int Port = 8081;

    /// <summary>A uid that is nobody's here, in the place of the unit's <c>headstart</c>.</summary>
    private const int Own = 54_320;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Default_GatewayIsRoot_EachIsAUserOfItsOwnWithoutRights()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, program: null, ("one", []), ("two", []));

        int[] programs = [await PidAsync(space, Port), await PidAsync(space, Port + 1)];

        Assert.All(programs, program => Assert.True(ProcessRights.Of(program) is { AreNone: true, Uid: >= 1_879_048_192 and <= 2_147_352_575 } rights && rights.Gid == rights.Uid));
        Assert.Distinct(programs.Select(program => ProcessRights.Of(program).Uid));
        var environment = File.ReadAllText($"/proc/{programs[0]}/environ").Split('\0');
        Assert.Contains("HOME=/", environment);
        Assert.DoesNotContain(environment, line => line.StartsWith("USER=", StringComparison.Ordinal) || line.StartsWith("LOGNAME=", StringComparison.Ordinal));
        Assert.All(Directory.GetFiles($"/proc/{programs[0]}/fd").Select(name => new FileInfo(name)), file =>
            Assert.True(file.Name is "0" or "1" or "2" || file.LinkTarget!.StartsWith("socket:", StringComparison.Ordinal) || file.LinkTarget.StartsWith("anon_inode:[event", StringComparison.Ordinal), file.LinkTarget));
        Assert.Contains(File.ReadLines($"/proc/{programs[0]}/limits"), line => line.StartsWith("Max core file size        0 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nobody", 65_534, 65_534)]
    [InLongRuns("12345", 12_345, 12_345)]
    [InlineData("12345:7", 12_345, 7)]
    [InlineData("root", 0, 0)]
    public async Task User_OfTheConfiguration_IsTheProgramsAndHasNoRightsEither(string user, int uid, int gid)
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, program: null, ("one", new JsonObject { ["User"] = user, ["OpenFiles"] = 77 }));

        var program = await PidAsync(space, Port);

        Assert.True(ProcessRights.Of(program) is { AreNone: true } rights && (rights.Uid, rights.Gid) == ((uint)uid, (uint)gid));
        Assert.Contains(File.ReadLines($"/proc/{program}/limits"), line => line.StartsWith("Max open files            77 ", StringComparison.Ordinal));
    }

    /// <summary>The very capabilities of deploy/headstart.service, a user and a group of its own, and a cgroup that is delegated to it or none.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Default_GatewayAsTheUnitStartsIt_ItsWholeLife(bool delegated)
    {
        using var space = NetworkNamespace.Create();
        await using var cgroup = delegated ? new DelegatedCgroup(Own) : null;
        using var program = new RestrictedGateway(Own, cgroup?.Path, ServiceUnit.Capabilities);
        await using var gateway = await StartAsync(space, program.Path, ("one", new JsonObject { ["Idle"] = new JsonObject { ["Tier"] = "Paused" } }));
        Assert.Equal((uint)Own, ProcessRights.Of(gateway.ProcessId).Uid);
        Assert.Equal(!delegated, gateway.Log.Any(line => line.Contains("process groups", StringComparison.Ordinal)));

        var function = await PidAsync(space, Port);
        Assert.True(ProcessRights.Of(function) is { AreNone: true, Uid: >= 1_879_048_192 });
        if (cgroup is not null)
        {
            Assert.Contains($"{Path.GetFileName(cgroup.Path)}/headstart-{gateway.ProcessId}/", await File.ReadAllTextAsync($"/proc/{function}/cgroup"), StringComparison.Ordinal);
        }

        // It is another user's: it has to be frozen, let go on, stopped, and killed when the gateway is gone.
        await RestAsync(gateway, "Paused");
        Assert.Equal(function, await PidAsync(space, Port));
        Assert.Equal("Paused", (await gateway.ColdStartsAsync("one"))[^1].Tier);
        await RestAsync(gateway, "Stopped");
        Assert.False(Directory.Exists($"/proc/{function}"));
        var second = await PidAsync(space, Port);
        await gateway.KillAsync();
        await Eventually.True(() => !Directory.Exists($"/proc/{second}"));
    }

    [Fact]
    public async Task Default_GatewayIsNotRootAndMayNothing_KeepsItsUserAndSaysWhichGroupsStay()
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(Own, cgroup: null);
        await using var gateway = await StartAsync(space, program.Path, ("one", []), ("other", new JsonObject { ["User"] = "nobody" }));

        var rights = ProcessRights.Of(await PidAsync(space, Port));

        Assert.Equal(((uint)Own, $"{RestrictedGateway.EngineGroup}", 0UL, 0UL, 1), (rights.Uid, rights.Groups, rights.Effective, rights.Bounding, rights.NoNewPrivileges));
        await gateway.WaitForLogAsync(line => line.Contains($"keep the gateway's supplementary groups ({RestrictedGateway.EngineGroup})", StringComparison.Ordinal), Patience);
        await gateway.WaitForLogAsync(line => line.Contains($"Gateway:Functions:other:User: the gateway runs as uid {Own} and cannot run the function as 'nobody'", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Default_GatewayIsRootAndMayNotChangeUsers_IsRefusedUnlessRootIsAskedFor()
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(0, cgroup: null, "net_admin");
        await using var gateway = await StartAsync(space, program.Path, ("one", new JsonObject { ["User"] = "root" }), ("other", []));

        Assert.True(ProcessRights.Of(await PidAsync(space, Port)) is { Uid: 0, Effective: 0, Permitted: 0, NoNewPrivileges: 1 });
        await gateway.WaitForLogAsync(line => line.Contains("Gateway:Functions:other:User: the gateway runs as root, and without CAP_SETUID, CAP_SETGID and CAP_KILL", StringComparison.Ordinal), Patience);
    }

    /// <summary>The gateway keeps what docs/security.md says, on all threads but those that the runtime had before it.</summary>
    [Fact]
    public async Task Gateway_AsRoot_KeepsWhatItUses()
    {
        // The bits of linux/capability.h: DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_ADMIN, SYS_PTRACE, SYS_ADMIN, PERFMON, BPF.
        var used = ((int[])[1, 2, 5, 6, 7, 8, 10, 12, 19, 21, 38, 39]).Aggregate(0UL, static (bits, capability) => bits | (1UL << capability));
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, program: null, ("one", []));
        await PidAsync(space, Port);

        var rights = ProcessRights.Of(gateway.ProcessId);

        Assert.Equal((used, used, used, 1), (rights.Effective, rights.Permitted, rights.Bounding, rights.NoNewPrivileges));
        var wider = ProcessRights.OfThreads(gateway.ProcessId).Where(thread => thread.Rights.Effective != used).Select(thread => thread.Name).ToArray();
        Assert.All(wider, name => Assert.StartsWith(".NET", name, StringComparison.Ordinal));
        Assert.DoesNotContain(wider, name => name.StartsWith(".NET TP", StringComparison.Ordinal) || name.StartsWith(".NET Sockets", StringComparison.Ordinal));
    }

    private static async Task<GatewayProcess> StartAsync(NetworkNamespace space, string? program, params (string Name, JsonObject Function)[] functions)
    {
        var all = new JsonObject();
        foreach (var (name, function) in functions)
        {
            function["Runtime"] = "Process";
            function["Command"] = new JsonArray(await HelloSample.BuildAsync());
            function["Listen"] = new JsonArray($"http://*:{Port + all.Count}");
            all[name] = function;
        }

        return await GatewayProcess.StartAsync(new()
        {
            Namespace = space,
            Program = program,
            Settings = new JsonObject { ["Gateway"] = new JsonObject { ["State"] = new JsonObject { ["Path"] = "" }, ["Functions"] = all } },
        });
    }

    private static async Task<int> PidAsync(NetworkNamespace space, int port)
    {
        using var client = space.CreateHttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
        answer.EnsureSuccessStatusCode();
        return int.Parse(answer.Headers.GetValues("X-Instance").Single().Split('-')[0], CultureInfo.InvariantCulture);
    }

    private static async Task RestAsync(GatewayProcess gateway, string state)
    {
        using var answer = await gateway.Admin.PostAsync(new Uri($"/api/functions/one/sleep?tier={state}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        await Eventually.True(async () => Assert.Single(await gateway.FunctionsAsync()).State == state, state);
    }

    /// <summary>A cgroup of v2 that belongs to a user, as systemd's Delegate= makes one (cgroup-v2.rst, "Delegation Containment").</summary>
    private sealed class DelegatedCgroup : IAsyncDisposable
    {
        public DelegatedCgroup(int user)
        {
            Directory.CreateDirectory(Path);
            foreach (var entry in (string[])[Path, $"{Path}/cgroup.procs", $"{Path}/cgroup.subtree_control", $"{Path}/cgroup.threads"])
            {
                using var chown = System.Diagnostics.Process.Start("chown", [$"{user}:{user}", entry]);
                chown.WaitForExit();
            }
        }

        public string Path { get; } = System.IO.Path.Combine(Cgroup.FindRoot(), "headstart-unit-" + Guid.NewGuid().ToString("N")[..8]);

        public async ValueTask DisposeAsync()
        {
            foreach (var below in Directory.GetDirectories(Path, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(Path))
            {
                await Eventually.True(() => IsGone(below), below);
            }
        }

        private static bool IsGone(string cgroup)
        {
            try
            {
                Directory.Delete(cgroup);
            }
            catch (DirectoryNotFoundException)
            {
            }
            catch (IOException)
            {
                // A process that has ended is in it still.
                return false;
            }

            return true;
        }
    }
}
