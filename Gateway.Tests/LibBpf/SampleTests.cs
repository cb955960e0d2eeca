using System.Globalization;
using System.Net;
using Gateway.Ebpf.Hooks;
using Gateway.Lab;
using Gateway.Lab.Processes;
using Gateway.Tests.Ebpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>samples/libbpf, which is built with the tests, in a process of its own.</summary>
[SideBySide]
public sealed class SampleTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _cgroup = Directory.CreateDirectory(Path.Combine(Cgroup.FindRoot(), $"libbpf-sample-{Environment.ProcessId}")).FullName;

    [Fact]
    public async Task Connects_ProcessOfTheCgroupConnects_TellsWhoAndWhere()
    {
        using var listener = new Loopback(IPAddress.Loopback);
        await using var sample = Start(_cgroup);
        await sample.WaitForLineAsync(line => line == "ready", Patience);

        await Connect(listener.Port, join: false);
        await Connect(listener.Port, join: true);

        var told = await sample.WaitForLineAsync(line => line != "ready", Patience);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"bash TCP 127.0.0.1:{listener.Port}"), told);
        sample.Terminate();
        Assert.Equal(0, await sample.Exited.WaitAsync(Patience, TimeProvider.System));
        Assert.Equal(["ready", told], sample.Lines); // the connection from outside of the cgroup is not told
    }

    [Fact]
    public async Task Connects_NoSuchCgroup_SaysSoInOneSentence()
    {
        await using var sample = Start("/no/such/cgroup");
        Assert.Equal(1, await sample.Exited.WaitAsync(Patience, TimeProvider.System));
        Assert.StartsWith("Opening the cgroup /no/such/cgroup failed with ENOENT", Assert.Single(sample.Lines), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_cgroup);

    // Beside the tests' own output, so that the configuration is the same.
    private static LabProcess Start(string cgroup)
    {
        var output = Path.GetRelativePath(SourceTree.Path("Gateway.Tests"), AppContext.BaseDirectory);
        return LabProcess.Start(new LabProcessOptions { FileName = SourceTree.Path("samples", "libbpf", output, "connects"), Arguments = [cgroup] });
    }

    private async Task Connect(int port, bool join)
    {
        var script = (join ? $"echo $$ > {_cgroup}/cgroup.procs; " : "") + $"exec 3<>/dev/tcp/127.0.0.1/{port.ToString(CultureInfo.InvariantCulture)}";
        await using var client = LabProcess.Start(new LabProcessOptions { FileName = "bash", Arguments = ["-c", script] });
        Assert.Equal(0, await client.Exited.WaitAsync(Patience, TimeProvider.System));
    }
}
