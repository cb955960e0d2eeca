using System.Globalization;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The Debian package: installed, its service started, reloaded, upgraded and ended by the unit's own command lines, removed and purged.</summary>
[SideBySide]
public sealed class DebianPackageTests(ITestOutputHelper output)
{
    private const string Settings = "/etc/headstart/appsettings.json", State = "/var/lib/headstart";

    private const string Enabled = "/etc/systemd/system/multi-user.target.wants/headstart.service";

    private const string Calls = "/systemd-calls";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Uri Function = new("http://127.0.0.1:8081/"), Ready = new("http://127.0.0.1:9090/readyz");

    /// <summary>The program in this one is a script that runs the gateway which these tests have built anyway. All else is what users get.</summary>
    [Fact]
    public async Task Package_WithAStandInForTheProgram_ItsWholeLife()
    {
        using var folder = LabDirectory.Create("package");
        var package = await StandInAsync(folder.Path);
        var gateway = GatewayProcess.CommandOf([]).Arguments[0];
        using var root = await DebianRoot.OfPackagesAsync(
            [(Path.GetDirectoryName(gateway)!, "/opt/gateway"), (Path.GetDirectoryName(Path.GetFullPath(LabExecutable.DotnetPath))!, "/opt/dotnet")],
            "adduser", "coreutils", "dash", "diffutils", "dpkg", "findutils", "grep", "init-system-helpers", "libc-bin", "libbpf1", "libssl3", "libstdc++6", "login", "passwd", "sed", "util-linux");

        // What it depends on is unpacked, and not in that root's database.
        await WalkAsync(root, package, "--force-depends");
    }

    /// <summary>What users get, with the runtime in it, on a Debian. It takes two minutes or more: a compilation, a compression and a Debian.</summary>
    [LongFact]
    public async Task Package_OnADebian_ItsWholeLife()
    {
        using var folder = LabDirectory.Create("package");
        var packages = await PackageAsync(folder.Path, "x64");
        using var root = await DebianRoot.BootstrappedAsync("adduser", "libbpf1", "libssl3", "libstdc++6");

        var package = packages.Single(static path => path.EndsWith(".deb", StringComparison.Ordinal));
        // The maintainer's address is the one of whoever packages it, which is nobody here.
        await RunAsync("lintian", "--fail-on", "error", "--suppress-tags", "bogus-mail-host", package);
        await WalkAsync(root, package);
    }

    /// <summary>Cross-compiled here. Only that much of it is tried as an emulator runs without a system of the other machine, which would have OpenSSL too.</summary>
    [LongFact]
    public async Task Archive_ForTheOtherMachine_IsItsOwnAndRunsInAnEmulator()
    {
        // <elf.h>: EM_AARCH64, at e_machine.
        const byte Machine = 183;
        const int Offset = 18;
        using var folder = LabDirectory.Create("package");
        var packages = await PackageAsync(folder.Path, "arm64");
        var archive = packages.Single(static path => path.EndsWith(".tar.gz", StringComparison.Ordinal));
        await RunAsync("tar", "--extract", "--file", archive, "--directory", folder.Path, "--strip-components", "1");

        string[] programs = [.. Directory.GetFiles(folder.Path, "headstart*").Where(static path => !Path.GetFileName(path).Contains('.', StringComparison.Ordinal))];
        Assert.Equal(["headstart", "headstart-gate", "headstart-keep", "headstart-knock", "headstart-launch", "headstart-pause"], programs.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(programs, static path => Assert.Equal(Machine, File.ReadAllBytes(path)[Offset]));
        Assert.Equal("arm64", await RunAsync("dpkg-deb", "--field", packages.Single(static path => path.EndsWith(".deb", StringComparison.Ordinal)), "Architecture"));
        string[] emulated = ["-L", "/usr/aarch64-linux-gnu", folder.File("headstart")];
        Assert.StartsWith(await RunAsync(SourceTree.Path("scripts", "version")), await RunAsync("qemu-aarch64-static", [.. emulated, "version"]), StringComparison.Ordinal);
        Assert.Equal("The configuration is good: 0 functions.", await RunAsync("qemu-aarch64-static", [.. emulated, "check", "--contentRoot", folder.Path]));
    }

    private async Task WalkAsync(DebianRoot root, string package, params string[] options)
    {
        using var space = NetworkNamespace.Create();
        using var manager = new SocketStore();
        Exposed(manager.Folder);
        Directory.CreateDirectory(root.File("/usr/local/bin"));
        File.Copy(await HelloSample.BuildAsync(), root.File("/usr/local/bin/hello"));
        File.Copy(package, root.File("/package.deb"));

        await DpkgAsync("--install", "/package.deb");
        Assert.Contains(File.ReadLines(root.File("/etc/passwd")), static line => line.StartsWith("headstart:", StringComparison.Ordinal) && line.Contains("/nologin", StringComparison.Ordinal));
        Assert.True(Path.Exists(root.File(Enabled)) || new FileInfo(root.File(Enabled)).LinkTarget is not null);
        var unit = new InstalledUnit(root, space, manager.Folder);
        await unit.MakeDirectoriesAsync();
        var version = (await root.RunAsync("headstart", "version")).ThrowIfFailed().Output;
        Assert.StartsWith((await Command.ExecuteAsync(new LabProcessOptions { FileName = SourceTree.Path("scripts", "version") })).Output, version, StringComparison.Ordinal);

        // As it is installed it starts, has no function, and asks for no certificate.
        Assert.Equal("The configuration is good: 0 functions.", (await root.RunAsync("headstart", "check", "--contentRoot", "/etc/headstart")).ThrowIfFailed().Output);
        await using var service = unit.Start();
        await SaidAsync(service, manager, "READY=1");
        using var client = space.CreateHttpClient();
        Assert.Equal("ready\n", await client.GetStringAsync(Ready));

        await ChangeAsync("""{ "Gateway": { "Functions": { "hello": { "Runtime": "Process", "Command": ["/usr/local/bin/hello"], "Listen": ["http://*:8081"] } } } }""");
        (await unit.RunAsync("ExecReload", service.Id)).ThrowIfFailed();
        await service.WaitForLineAsync(static line => line.Contains("SIGHUP: the configuration was read again", StringComparison.Ordinal), Patience);
        Assert.Contains("hello", await client.GetStringAsync(Function), StringComparison.Ordinal);

        await ChangeAsync("""{ "Gateway": { "Functions": { "hello": { "Runtme": "Process" } } } }""");
        var refused = await unit.RunAsync("ExecReload", service.Id);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Gateway:Functions:hello:Runtme", refused.AllOutput, StringComparison.Ordinal);
        Assert.Contains("hello", await client.GetStringAsync(Function), StringComparison.Ordinal);

        // A start is told the same by the gateway itself, which systemd does not start again then. Nothing before the start may fail: that would be tried again and again.
        var started = await unit.RunAsync("ExecStart");
        Assert.Equal(2, started.ExitCode);
        Assert.Contains("Gateway:Functions:hello:Runtme", started.AllOutput, StringComparison.Ordinal);
        Assert.Equal("2", unit.Values("RestartPreventExitStatus").Single());
        Assert.Empty(unit.Values("ExecStartPre"));

        // An upgrade replaces the program while it runs, asks nothing about the changed file, and leaves it as it is. It does not restart a service that could not start then.
        Systemd(root);
        var upgrade = await DpkgAsync("--install", "/package.deb");
        Assert.Contains("Runtme", File.ReadAllText(root.File(Settings)), StringComparison.Ordinal);
        Assert.Contains("hello", await client.GetStringAsync(Function), StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions:hello:Runtme", upgrade, StringComparison.Ordinal);
        Assert.Contains("the service was not restarted and goes on as the version before", upgrade, StringComparison.Ordinal);
        Assert.DoesNotContain("restart", File.ReadAllText(root.File(Calls)), StringComparison.Ordinal);
        await ChangeAsync("""{ "Gateway": { "Functions": { "hello": { "Runtime": "Process", "Command": ["/usr/local/bin/hello"], "Listen": ["http://*:8081"] } } } }""");
        var configured = await root.RunAsync("/var/lib/dpkg/info/headstart.postinst", "configure", "0");
        Assert.DoesNotContain("was not restarted", configured.ThrowIfFailed().AllOutput, StringComparison.Ordinal);
        Assert.Contains("restart headstart.service", File.ReadAllText(root.File(Calls)), StringComparison.Ordinal);
        service.Terminate();
        Assert.True(await service.Exited.WaitAsync(Patience, TimeProvider.System) == 0, service.LastLines());
        Assert.Contains("STOPPING=1", manager.Said);
        // Its sockets are kept for the next start, as the unit asks.
        Assert.Contains("listen", manager.Read());

        await DpkgAsync("--remove", "headstart");
        Assert.Equal([false, false, true, true], [Path.Exists(root.File("/usr/bin/headstart")), Path.Exists(root.File("/usr/lib/headstart")), File.Exists(root.File(Settings)), Directory.Exists(root.File(State))]);

        await DpkgAsync("--install", "/package.deb");
        await DpkgAsync("--purge", "headstart");
        Assert.Equal([false, false, false], [Path.Exists(root.File("/etc/headstart")), Path.Exists(root.File(State)), new FileInfo(root.File(Enabled)).LinkTarget is not null]);
        Assert.DoesNotContain("headstart", (await root.RunAsync("sh", "-c", "find / -xdev -not -path '/proc/*' -not -path '/sys/*' -not -path '/opt/*' -name '*headstart*'")).Output, StringComparison.Ordinal);

        Task ChangeAsync(string settings) => File.WriteAllTextAsync(root.File(Settings), settings);

        async Task<string> DpkgAsync(params string[] what)
        {
            var result = (await root.RunAsync(["dpkg", .. options, .. what])).ThrowIfFailed();
            output.WriteLine($"dpkg {string.Join(' ', what)}\n{result.AllOutput}");
            Assert.DoesNotContain("headstart.service", result.AllOutput, StringComparison.Ordinal);
            return result.AllOutput;
        }
    }

    /// <summary>Lets scripts find a systemd whose service runs, and writes down what they ask of it.</summary>
    private static void Systemd(DebianRoot root)
    {
        Directory.CreateDirectory(root.File("/run/systemd/system"));
        foreach (var name in (string[])["systemctl", "deb-systemd-invoke"])
        {
            var program = root.File($"/usr/local/bin/{name}");
            File.WriteAllText(program, $"#!/bin/sh\necho \"$@\" >>{Calls}\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private static async Task SaidAsync(LabProcess service, SocketStore manager, string line)
    {
        var said = Eventually.True(() => manager.Said.Contains(line), line);
        await Task.WhenAny(said, service.Exited);
        Assert.False(service.Exited.IsCompleted, service.LastLines());
        await said;
    }

    private static async Task<string> StandInAsync(string folder)
    {
        var program = Directory.CreateDirectory(Path.Combine(folder, "program")).FullName;
        await File.WriteAllTextAsync(Path.Combine(program, "headstart"), "#!/bin/sh\nexec /opt/dotnet/dotnet /opt/gateway/Gateway.dll \"$@\"\n");
        await File.WriteAllTextAsync(Path.Combine(program, "headstart-launch"), "");
        Directory.CreateDirectory(Path.Combine(program, "LICENSES"));
        await File.WriteAllTextAsync(Path.Combine(program, "LICENSES", "third-party-none.txt"), "none\n");
        await RunAsync(SourceTree.Path("deploy", "add-files"), program);
        return await RunAsync(SourceTree.Path("deploy", "deb", "build"), program, "x64", folder);
    }

    private static async Task<string[]> PackageAsync(string folder, string kind) => (await RunAsync(SourceTree.Path("scripts", "package"), folder, kind)).Split('\n');

    // Compression is most of a package's time.
    private static async Task<string> RunAsync(string program, params string[] arguments) => (await Command.ExecuteAsync(new LabProcessOptions
    {
        FileName = program,
        Arguments = arguments,
        Environment = new Dictionary<string, string?> { ["HEADSTART_DEB_COMPRESSION"] = "gzip" },
    })).ThrowIfFailed().Output;

    private static void Exposed(string folder) => File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
}
