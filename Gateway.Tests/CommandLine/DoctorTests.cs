using System.Net.Sockets;
using System.Text.Json;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>The command <c>doctor</c>, run as users run it, in a network namespace of its own: what is there, and what is really missing.</summary>
[SideBySide]
public sealed class DoctorTests : IDisposable
{
    private static readonly string[] s_withoutRights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

    private readonly TemporaryDirectory _directory = new();
    private readonly NetworkNamespace _space = NetworkNamespace.Create();

    public void Dispose()
    {
        _space.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Doctor_WithoutAConfiguration_TellsTheSameInTextAndJson()
    {
        var text = await RunAsync([], "doctor");
        var json = await RunAsync([], "doctor", "--json");

        var report = JsonDocument.Parse(json.Output).RootElement;
        var checks = report.GetProperty("checks").EnumerateArray().Select(Check.Of).ToArray();
        var missing = checks.Count(check => check.State == "missing");
        Assert.Equal((missing == 0 ? 0 : 1, missing == 0, JsonValueKind.Null), (json.ExitCode, report.GetProperty("good").GetBoolean(), report.GetProperty("file").ValueKind));
        Assert.Equal(json.ExitCode, text.ExitCode);
        Assert.Equal(checks.Length, checks.DistinctBy(check => check.Name).Count());
        Assert.All(checks, check => Assert.Equal((check.State == "missing", check.State == "missing"), (check.Cost is not null, check.Mend is not null)));
        Assert.Equal(checks.Length + (2 * missing), text.Output.Split('\n').Length);
        Assert.All(checks, check => Assert.Contains($"{check.State,-9}{check.Name} ", text.Output, StringComparison.Ordinal));
        Assert.All(checks.Where(check => check.Cost is not null), check => Assert.Contains($"\n         costs: {check.Cost}\n         mend:  {check.Mend}", text.Output, StringComparison.Ordinal));
        Assert.Equal(["configuration", "kernel", "SYN", "listen()", "steering"], checks.Take(5).Select(check => check.Name));
        Assert.Equal(["note", "ok", "ok", "ok", "ok"], checks.Take(5).Select(check => check.State));
    }

    [Fact]
    public async Task Doctor_SysctlsOfANamespace_AreMendedByWhatItSays()
    {
        (await _space.ExecuteAsync("sysctl", "-w", "net.core.somaxconn=128", "net.ipv4.tcp_syncookies=0", "net.ipv4.tcp_fastopen=1")).ThrowIfFailed();
        string[] names = ["net.core.somaxconn", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_fastopen"];

        var before = await ExamineAsync([], "--Gateway:FastOpen=On");
        foreach (var name in names)
        {
            Assert.Equal("missing", before[name].State);
            (await _space.ExecuteAsync("sh", "-c", before[name].Mend!.Split(", or ")[0])).ThrowIfFailed();
        }

        var after = await ExamineAsync([], "--Gateway:FastOpen=On");
        Assert.All(names, name => Assert.Equal("ok", after[name].State));
        Assert.Equal("note", (await ExamineAsync([], "--Gateway:FastOpen=Off"))["net.ipv4.tcp_fastopen"].State);
    }

    [Fact]
    public async Task Doctor_FewDescriptors_SaysWhatDoesNotFit()
    {
        string[] few = ["prlimit", "--nofile=512:512"];

        var limited = await ExamineAsync(few);
        var written = await ExamineAsync(few, "--Gateway:Limits:Connections=5000");
        var fitting = await ExamineAsync(few, "--Gateway:Limits:Connections=16");

        Assert.Equal(("missing", "a process may open 512 files, which is enough for 16 connections of clients"), (limited["descriptors"].State, limited["descriptors"].Finding));
        Assert.StartsWith("10,000 requests may wait", limited["descriptors"].Cost, StringComparison.Ordinal);
        Assert.StartsWith("Gateway:Limits:Connections is 5,000", written["descriptors"].Cost, StringComparison.Ordinal);
        Assert.Equal("ok", fitting["descriptors"].State);
    }

    [Fact]
    public async Task Doctor_WithoutRights_SaysWhichCapabilitiesAndWhatIsLost()
    {
        Write("""{ "a": { "Runtime": "Process", "Command": ["/bin/true"], "Listen": ["http://*:8081"] } }""");

        var required = await ExamineAsync(s_withoutRights, "--Gateway:Ebpf:Mode=Required", "--Kestrel:Endpoints:web:Url=http://*:80");
        var off = await ExamineAsync(s_withoutRights, "--Gateway:Ebpf:Mode=Off");

        string[] kernel = ["SYN", "listen()", "steering", "CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"];
        Assert.All(kernel, name => Assert.Equal("missing", required[name].State));
        Assert.StartsWith("the gateway does not start, because Gateway:Ebpf:Mode is Required; no kernel signals: a cold start at a ping of 25 ms costs 24 ms more", required["SYN"].Cost, StringComparison.Ordinal);
        Assert.Contains("AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN ", required["SYN"].Mend, StringComparison.Ordinal);
        Assert.Equal("not there, and http://*:80 is below port 1024", required["CAP_NET_BIND_SERVICE"].Finding);
        Assert.Contains("without CAP_SETUID, CAP_SETGID and CAP_KILL", required["Process users"].Finding, StringComparison.Ordinal);
        Assert.All(kernel, name => Assert.Equal("note", off[name].State));
        Assert.Equal("missing", off["Process users"].State);
    }

    [Fact]
    public async Task Doctor_EngineThatSaysNothing_IsGivenUpInTwoSeconds()
    {
        using var silent = Listen("silent.sock");
        Container("");

        var checks = await ExamineAsync([], $"--Gateway:Docker:Endpoint=unix://{_directory.File("silent.sock")}");

        Assert.Equal(
            ("missing", $"Gateway:Docker:Endpoint: the engine at unix://{_directory.File("silent.sock")} did not answer within 2 s; look at its log", "a cannot start: requests are answered 503"),
            (checks["Docker engine"].State, checks["Docker engine"].Finding, checks["Docker engine"].Cost));
    }

    [Fact]
    public async Task Doctor_NoEngine_SaysWhatStartsIt()
    {
        Container("");

        var used = await ExamineAsync([], $"--Gateway:Docker:Endpoint=unix://{_directory.File("nowhere.sock")}", $"--Gateway:Podman:Endpoint=unix://{_directory.File("nowhere.sock")}");

        Assert.Equal(("missing", "systemctl start docker.service, or correct Gateway:Docker:Endpoint"), (used["Docker engine"].State, used["Docker engine"].Mend));
        Assert.DoesNotContain("Podman engine", used.Keys);
    }

    [Fact]
    public async Task Doctor_EngineThatNobodyUses_IsAskedIfItsSocketIsThere()
    {
        await using var engine = await InfoServer.StartAsync(_directory.File("engine.sock"), "4.3.1", "2");
        using var silent = Listen("silent.sock");

        var checks = await ExamineAsync([], $"--Gateway:Podman:Endpoint=unix://{_directory.File("engine.sock")}", $"--Gateway:Docker:Endpoint=unix://{_directory.File("silent.sock")}");

        Assert.Equal(("ok", $"Podman 4.3.1 at unix://{_directory.File("engine.sock")}, cgroups v2 by systemd"), (checks["Podman engine"].State, checks["Podman engine"].Finding));
        Assert.Equal("note", checks["Docker engine"].State);
    }

    [LongFact]
    public async Task Doctor_RootlessEngine_AndAGateThatCannotBe_AreMissing()
    {
        await using var engine = await InfoServer.StartAsync(_directory.File("engine.sock"), "27.0.1", "2", "name=seccomp,profile=builtin", "name=rootless");
        Container(""", "Idle": { "Tier": "Initialized" }""");
        string[] settings = [$"--Gateway:Docker:Endpoint=unix://{_directory.File("engine.sock")}"];

        var gate = Directory.CreateDirectory(_directory.File("mounted")).FullName;
        var noPrograms = await ExamineAsync(Mounted("noexec", gate), [.. settings, $"--Gateway:Docker:Gate={gate}/here"]);
        var readOnly = await ExamineAsync(Mounted("ro", gate), [.. settings, $"--Gateway:Docker:Gate={gate}/here"]);
        var noDirectory = await ExamineAsync([], [.. settings, $"--Gateway:Docker:Gate={_directory.File("appsettings.json")}/here"]);
        var empty = await ExamineAsync([], [.. settings, "--Gateway:Docker:Gate="]);
        var fine = await ExamineAsync([], settings);

        Assert.EndsWith("cgroups v2 by systemd, rootless", fine["Docker engine"].Finding, StringComparison.Ordinal);
        Assert.Equal("missing", fine["Docker cgroups"].State);
        Assert.Equal(("missing", $"Gateway:Docker:Gate: nothing in {gate}/here may be executed (noexec); name a directory of this machine where programs may be"), (noPrograms["Docker gate"].State, noPrograms["Docker gate"].Finding));
        Assert.StartsWith($"Gateway:Docker:Gate: {gate}/here cannot be used (Read-only file system)", readOnly["Docker gate"].Finding, StringComparison.Ordinal);
        Assert.Contains("appsettings.json is no directory", noDirectory["Docker gate"].Finding, StringComparison.Ordinal);
        Assert.Equal(("missing", "Gateway:Docker:Gate is empty"), (empty["Docker gate"].State, empty["Docker gate"].Finding));
        Assert.Equal("ok", fine["Docker gate"].State);
        Assert.False(Directory.Exists(_directory.File("headstart.gate")), "it has made the directory of the gates");
    }

    [Fact]
    public async Task Doctor_SwapAndLimitsThatAreAskedFor_AreNamedWithTheFunction()
    {
        Write("""{ "paged": { "Runtime": "Process", "Command": ["/bin/true"], "Listen": ["http://*:8081"], "Memory": "64MiB", "Idle": { "Tier": "PagedOut" } } }""");

        var checks = await ExamineAsync([]);

        var hasSwap = File.ReadLines("/proc/swaps").Skip(1).Any();
        Assert.True(checks["Process swap"].State == "missing" ? checks["Process swap"].Cost!.Contains("paged goes on without", StringComparison.Ordinal) : hasSwap);
        Assert.Equal(("ok", "ok", "ok"), (checks["Process users"].State, checks["Process cgroups"].State, checks["Process limits"].State));
    }

    [Fact]
    public async Task Doctor_InterfaceThatIsNotThere_IsMissing()
    {
        var checks = await ExamineAsync([], "--Gateway:Ebpf:Interfaces:0=eth9", "--Gateway:Ebpf:Xdp=Generic");
        var generic = await ExamineAsync([], "--Gateway:Ebpf:Interfaces:0=lo", "--Gateway:Ebpf:Xdp=Generic");

        Assert.Equal(("missing", "not there; there are lo"), (checks["interface eth9"].State, checks["interface eth9"].Finding));
        Assert.Contains("a start tries generic XDP there", generic["interface lo"].Finding, StringComparison.Ordinal);
        Assert.Equal("ok", generic["names in packets"].State);
    }

    [Theory]
    [InlineData("Gateway:Ebpf:Mode: 'Sometimes' is not one of", "doctor", "--Gateway:Ebpf:Mode=Sometimes")]
    [InlineData("unknown option '--jsn'; did you mean '--json'?", "doctor", "--jsn")]
    [InlineData("unexpected argument 'kernel' of doctor", "doctor", "kernel")]
    public async Task Doctor_WhatIsWrong_IsExitCode2(string expected, params string[] arguments)
    {
        var result = await RunAsync([], arguments);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(expected, result.AllOutput, StringComparison.Ordinal);
    }

    private void Write(string functions) => _directory.Write("appsettings.json", $$"""{ "Gateway": { "Functions": {{functions}} } }""");

    private void Container(string more) => Write($$"""{ "a": { "Runtime": "Docker", "Image": "hello:1", "Listen": ["http://*:8081"]{{more}} } }""");

    // A mount that nobody else sees.
    private static string[] Mounted(string option, string place) => ["unshare", "--mount", "sh", "-c", $"mount -t tmpfs -o {option} none {place} && exec \"$@\"", "sh"];

    private Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_directory.File(name)));
        socket.Listen();
        return socket;
    }

    private async Task<Dictionary<string, Check>> ExamineAsync(string[] under, params string[] settings)
    {
        var result = await RunAsync(under, ["doctor", "--json", .. settings]);
        Assert.True(result.ExitCode is 0 or 1, result.AllOutput);
        return JsonDocument.Parse(result.Output).RootElement.GetProperty("checks").EnumerateArray().Select(Check.Of).ToDictionary(check => check.Name, StringComparer.Ordinal);
    }

    private Task<CommandResult> RunAsync(string[] under, params string[] arguments)
    {
        var command = GatewayProcess.CommandOf([.. arguments, "--contentRoot", _directory.Path], _space);
        return Command.ExecuteAsync(under is [var program, .. var its] ? command with { FileName = program, Arguments = [.. its, command.FileName, .. command.Arguments] } : command, cancellationToken: TestContext.Current.CancellationToken);
    }

    private sealed record Check(string State, string Name, string Finding, string? Cost, string? Mend)
    {
        public static Check Of(JsonElement element) => new(
            element.GetProperty("state").GetString()!, element.GetProperty("name").GetString()!, element.GetProperty("finding").GetString()!,
            element.GetProperty("cost").GetString(), element.GetProperty("mend").GetString());
    }
}
