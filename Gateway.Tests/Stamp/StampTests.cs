using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Gateway.Tests.Ebpf;
using Xunit;

namespace Gateway.Tests.Stamp;

/// <summary>headstart-stamp for real: the SYNs of busybox's nc, read by sock_ops at a listener that keeps them.</summary>
[Collection(KernelCollection.Name)]
public sealed class StampTests : IDisposable
{
    private const uint Function = 11;

    private readonly HookedKernel _kernel = new();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:{0}=hello")]
    [InlineData("127.0.0.1", "*:{0}=hello")]
    [InlineData("127.0.0.1", "[::ffff:127.0.0.1]:{0}=hello")]
    [InlineData("::1", "[::1]:{0}=hello")]
    public async Task Connect_ToATarget_SynNamesTheFunctionToSockOps(string address, string target)
    {
        using var listener = Listen(address);
        _kernel.Hooks.SetSynId("hello", Function);
        _kernel.Hooks.Arm(Function, Triggers.Syn);

        var (code, _, errors) = await ConnectAsync(listener, string.Format(CultureInfo.InvariantCulture, target, Port(listener)));

        var e = _kernel.Log.NextConnection();
        Assert.Equal((Function, Triggers.Syn, HookKind.SockOps, NamedBy.SynId), (e.Function, e.Kind, e.Hook, e.NamedBy));
        Assert.Equal(Port(listener), e.Local.Port);
        Assert.Equal("headstart-stamp: 1 SYN carried an id.\n", errors);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Connect_OnlyEstablishedArmed_TheSavedSynStillNamesIt()
    {
        using var listener = Listen("127.0.0.1");
        _kernel.Hooks.SetSynId("sixteen-letters!", Function);
        _kernel.Hooks.Arm(Function, Triggers.Established);

        await ConnectAsync(listener, $"127.0.0.1:{Port(listener)}=sixteen-letters!");

        var e = _kernel.Log.NextConnection();
        Assert.Equal((Function, Triggers.Established, NamedBy.SynId), (e.Function, e.Kind, e.NamedBy));
        Assert.NotNull(e.Rtt);
    }

    [Fact]
    public async Task Connect_UnknownId_WakesNobodyAndIsCounted()
    {
        using var listener = Listen("127.0.0.1");
        _kernel.Hooks.SetSynId("hello", Function);
        _kernel.Hooks.Arm(Function, Triggers.Syn);

        await ConnectAsync(listener, $"127.0.0.1:{Port(listener)}=hell");

        Assert.Empty(_kernel.EventsSoFar());
        Assert.True(_kernel.Count("sock_ops", "unknown_id") >= 1);
        Assert.True(_kernel.Count("sock_ops", "shared") >= 1);
    }

    [Fact]
    public async Task Connect_ListenerThatKeepsNoSyn_WakesNobody()
    {
        using var listener = Listen("127.0.0.1", saveSyn: false);
        _kernel.Hooks.SetSynId("hello", Function);
        _kernel.Hooks.Arm(Function, Triggers.Syn);

        var (code, _, errors) = await ConnectAsync(listener, $"127.0.0.1:{Port(listener)}=hello");

        Assert.Equal((0, "headstart-stamp: 1 SYN carried an id.\n"), (code, errors));
        Assert.Empty(_kernel.EventsSoFar());
    }

    [Fact]
    public async Task Connect_SomewhereElse_CarriesNothing()
    {
        using var listener = Listen("127.0.0.1");
        var (_, _, errors) = await ConnectAsync(listener, $"127.0.0.2:{Port(listener)}=hello");
        Assert.Equal("headstart-stamp: 0 SYNs carried an id.\n", errors);
    }

    [Fact]
    public async Task Run_Command_KeepsItsExitCodeOutputAndSignals()
    {
        using var command = new StampedCommand("--to", "*:443=hello", "--", "sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status; echo \"$0 $*\"; exit 42", "a b", "c");
        var (code, output, errors) = await command.WaitForEndAsync();
        Assert.Equal((42, ""), (code, errors));
        Assert.Equal($"SigBlk:\t0000000000000000\nSigIgn:\t{IgnoredByTheShell():x16}\na b c\n", output);
    }

    [Fact]
    public async Task Run_CommandHasNoOtherChildren()
    {
        using var command = new StampedCommand("--to", "*:443=hello", "--", "sh", "-c", "cat /proc/$$/task/*/children; exit 0");
        Assert.Equal("", (await command.WaitForEndAsync()).Output.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).FirstOrDefault() ?? "");
    }

    [Theory]
    [InlineData(127, "there is no program 'no-such-program'.", "no-such-program")]
    [InlineData(126, "'/etc' cannot be run: Permission denied.", "/etc")]
    public async Task Run_CommandThatCannotRun_SaysSoAndLeavesNothing(int code, string says, string program)
    {
        using var command = new StampedCommand("--to", "*:443=hello", "--", program);
        var id = command.Id;
        Assert.Equal((code, "", $"headstart-stamp: {says}\n"), await command.WaitForEndAsync());
        AssertGone(id);
    }

    [Fact]
    public async Task Run_WrongArgument_SaysSo()
    {
        using var command = new StampedCommand("--to", "hello", "--", "true");
        Assert.Equal((125, "", "headstart-stamp: 'hello' is not ADDRESS:PORT=ID, as in 203.0.113.7:443=hello.\n"), await command.WaitForEndAsync());
    }

    [Fact]
    public async Task Kill_Command_CgroupAndProgramGo()
    {
        using var command = StampedCommand.Waiting();
        var id = command.Id;
        Assert.True(SpinWait.SpinUntil(() => NameOf(id) == "sleep", TimeSpan.FromSeconds(20)));
        Assert.True(Directory.Exists(CgroupOf(id)));

        command.Kill(); // SIGKILL

        await command.WaitForEndAsync();
        AssertGone(id);
    }

    [Fact]
    public async Task Run_ChildThatOutlivesTheCommand_IsStampedUntilItEnds()
    {
        using var listener = Listen("127.0.0.1");
        _kernel.Hooks.SetSynId("hello", Function);
        _kernel.Hooks.Arm(Function, Triggers.Syn);
        // The shell ends at once; the child connects when the shell has gone, and ends itself.
        var script = $"(while kill -0 $$ 2>/dev/null; do :; done; busybox nc 127.0.0.1 {Port(listener)} </dev/null) & exit 0";
        using var command = new StampedCommand("--to", $"127.0.0.1:{Port(listener)}=hello", "--", "sh", "-c", script);
        var id = command.Id;
        await AcceptAsync(listener);

        Assert.Equal(NamedBy.SynId, _kernel.Log.NextConnection().NamedBy);
        await command.WaitForEndAsync();
        AssertGone(id);
    }

    public void Dispose() => _kernel.Dispose();

    private static async Task<(int ExitCode, string Output, string Errors)> ConnectAsync(Socket listener, string target)
    {
        var address = ((IPEndPoint)listener.LocalEndPoint!).Address;
        using var command = new StampedCommand("--verbose", "--to", target, "--", "busybox", "nc", $"{address}", $"{Port(listener)}");
        await AcceptAsync(listener); // nc ends as the other side closes
        return await command.WaitForEndAsync();
    }

    private static async Task AcceptAsync(Socket listener)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        (await listener.AcceptAsync(limit.Token)).Dispose();
    }

    /// <summary>A listener on a shared address, that keeps SYNs as the gateway's own do.</summary>
    private Socket Listen(string address, bool saveSyn = true)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), 0);
        var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(endpoint);
        if (saveSyn)
        {
            listener.SetRawSocketOption(6, 27, BitConverter.GetBytes(1)); // TCP_SAVE_SYN
        }

        listener.Listen(16);
        _kernel.Hooks.SetDestination(null, Port(listener), KernelHooks.Shared);
        return listener;
    }

    private static int Port(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    // SIGINT and SIGQUIT (2 and 3) behind a shell's "&", SIGHUP (1) behind nohup: then everything that these tests start ignores them as well.
    private static ulong IgnoredByTheShell() =>
        0b111 & ulong.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string CgroupOf(int id) => Path.Combine(Cgroup.FindRoot(), $"headstart-stamp-{id}");

    // The guard closes standard error as it ends, which is when all else has been undone.
    private static void AssertGone(int id) => Assert.False(Directory.Exists(CgroupOf(id)));

    private static string NameOf(int id) => Process.GetProcessById(id).ProcessName;
}
