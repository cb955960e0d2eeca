using System.Diagnostics;
using System.Globalization;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>The program between the gateway and a function's: where what it starts lives, and what it tells of its end.</summary>
public sealed class LauncherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _cgroup = Path.Combine(Cgroup.FindRoot(), "headstart-test-" + Guid.NewGuid().ToString("N")[..8]);

    private static string Launcher { get; } = Path.Combine(AppContext.BaseDirectory, "headstart-launch");

    public LauncherTests() => Directory.CreateDirectory(_cgroup);

    public static TheoryData<string[], int> Ends => new()
    {
        { ["/bin/busybox", "sh", "-c", "exit 3"], 3 },
        { ["/bin/busybox", "sh", "-c", "kill -KILL $$"], 137 },
        { ["/nowhere/at/all"], 127 },
        { ["/etc/passwd"], 126 },
    };

    public void Dispose() => Directory.Delete(_cgroup);

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Exit_InACgroup_IsThePrograms(string[] program, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(["-c", _cgroup, .. program])).ExitCode);

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Exit_WithoutACgroup_IsThePrograms(string[] program, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(program)).ExitCode);

    [Fact]
    public async Task Exit_CgroupIsNotThere_NamesIt()
    {
        var (exitCode, _, error) = await RunAsync(["-c", _cgroup + "x", "/bin/busybox", "true"]);

        Assert.Equal(126, exitCode);
        Assert.Equal($"{_cgroup}x: No such file or directory\n", error);
    }

    [Fact]
    public async Task Cgroup_HoldsTheProgramAndNotTheLauncher_EachInASessionOfItsOwn()
    {
        using var launcher = Start(["-c", _cgroup, "/bin/busybox", "sh", "-c", "echo $$; read line"]);
        var program = int.Parse((await launcher.StandardOutput.ReadLineAsync().WaitAsync(Patience))!, CultureInfo.InvariantCulture);

        Assert.Equal([$"{program}"], File.ReadAllLines(Path.Combine(_cgroup, "cgroup.procs")));
        Assert.NotEqual(launcher.Id, program);
        Assert.Equal([launcher.Id, program], new[] { launcher.Id, program }.Select(SessionOf));

        launcher.StandardInput.Close();
        await launcher.WaitForExitAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task Output_ProgramCloses_EndsThoughTheProgramGoesOn()
    {
        using var launcher = Start(["-c", _cgroup, "/bin/busybox", "sh", "-c", "exec >&- 2>&-; read line"]);

        Assert.Equal("", await launcher.StandardOutput.ReadToEndAsync().WaitAsync(Patience));

        Assert.False(launcher.HasExited);
        launcher.StandardInput.Close();
        await launcher.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>The descriptors, limits, mask and signals of whoever starts the launcher are not the program's.</summary>
    [Fact]
    public async Task State_OfTheStarter_IsNotThePrograms()
    {
        var launch = $"exec 7</etc/passwd 9</etc/group; umask 077; trap '' HUP PIPE; ulimit -c unlimited; exec '{Launcher}' -u 4321:1234 /bin/busybox sh -c 'ls /proc/self/fd; umask; ulimit -n; ulimit -Sc; grep SigIgn /proc/self/status; id -G; echo written >/dev/stderr'";

        var (exitCode, output, error) = await RunAsync(["-c", launch], "/bin/sh");

        // The last of the descriptors is that of the directory.
        Assert.Equal((0, "0 1 2 3 0022 1024 0 SigIgn: 0000000000000000 1234", "written\n"), (exitCode, string.Join(' ', output.Split((char[])['\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)), error));
    }

    [Fact]
    public async Task User_WhoMayNotExecuteTheProgram_IsNamed()
    {
        var program = Directory.CreateTempSubdirectory("gw-launch-");
        File.Copy("/bin/busybox", Path.Combine(program.FullName, "true"));

        var (exitCode, _, error) = await RunAsync(["-u", "4321:1234", $"{program.FullName}/true"]);

        program.Delete(recursive: true);
        Assert.Equal((126, $"{program.FullName}/true: Permission denied; user 4321 has to be allowed to execute it and to enter its folders\n"), (exitCode, error));
    }

    /// <summary>The first launcher leaves the second no capability.</summary>
    [Fact]
    public async Task User_StarterMayNotChangeIt_SaysWhatIsMissing()
    {
        var (exitCode, _, error) = await RunAsync([Launcher, "-u", "4322:1234", "/bin/busybox", "true"]);

        Assert.Equal((126, "the gateway's groups cannot be given up: Operation not permitted; it needs CAP_SETGID\n"), (exitCode, error));
    }

    // proc_pid_stat(5): the fields after the name are state, parent, process group, session.
    private static int SessionOf(int pid) =>
        int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[3], CultureInfo.InvariantCulture);

    private static Process Start(string[] arguments, string? program = null) => Process.Start(new ProcessStartInfo(program ?? Launcher, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, string? program = null)
    {
        using var launcher = Start(arguments, program);
        launcher.StandardInput.Close();
        var output = launcher.StandardOutput.ReadToEndAsync();
        var error = launcher.StandardError.ReadToEndAsync();
        await launcher.WaitForExitAsync().WaitAsync(Patience);
        return (launcher.ExitCode, await output, await error);
    }
}
