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
        Assert.Equal(exitCode, (await RunAsync([_cgroup, .. program])).ExitCode);

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Exit_WithoutACgroup_IsThePrograms(string[] program, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(["", .. program])).ExitCode);

    [Fact]
    public async Task Exit_CgroupIsNotThere_NamesIt()
    {
        var (exitCode, _, error) = await RunAsync([_cgroup + "x", "/bin/busybox", "true"]);

        Assert.Equal(126, exitCode);
        Assert.Equal($"{_cgroup}x: No such file or directory\n", error);
    }

    [Fact]
    public async Task Cgroup_HoldsTheProgramAndNotTheLauncher_EachInASessionOfItsOwn()
    {
        using var launcher = Start([_cgroup, "/bin/busybox", "sh", "-c", "echo $$; read line"]);
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
        using var launcher = Start([_cgroup, "/bin/busybox", "sh", "-c", "exec >&- 2>&-; read line"]);

        Assert.Equal("", await launcher.StandardOutput.ReadToEndAsync().WaitAsync(Patience));

        Assert.False(launcher.HasExited);
        launcher.StandardInput.Close();
        await launcher.WaitForExitAsync().WaitAsync(Patience);
    }

    // proc_pid_stat(5): the fields after the name are state, parent, process group, session.
    private static int SessionOf(int pid) =>
        int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[3], CultureInfo.InvariantCulture);

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "headstart-launch"), arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments)
    {
        using var launcher = Start(arguments);
        launcher.StandardInput.Close();
        var output = launcher.StandardOutput.ReadToEndAsync();
        var error = launcher.StandardError.ReadToEndAsync();
        await launcher.WaitForExitAsync().WaitAsync(Patience);
        return (launcher.ExitCode, await output, await error);
    }
}
