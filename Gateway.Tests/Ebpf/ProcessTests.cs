using System.Runtime.InteropServices;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>What depends on the process as a whole: its death, its capabilities, its libraries.</summary>
[Collection(KernelCollection.Name)]
public sealed partial class ProcessTests
{
    [Fact]
    public void Attach_ProcessKilled_LeavesNoProgramInTheKernel()
    {
        var before = ProgramIds();
        using var child = new TestChild("AttachAndWait", "unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\"");
        Assert.Equal("sock_ops generic", child.Hear());
        var attached = ProgramIds().Except(before).ToList();

        child.Kill();

        Assert.True(attached.Count >= 2, $"{attached.Count} programs");
        // The kernel frees programs after a grace period (RCU): the event is the id's absence.
        Assert.True(SpinWait.SpinUntil(() => !ProgramIds().Intersect(attached).Any(), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Attach_WithoutCapabilities_NamesThem()
    {
        using var child = new TestChild("AttachAndSayWhatFails", "setpriv", "--bounding-set=-all", "--inh-caps=-all");
        var message = child.Hear();
        Assert.Contains("EPERM (Operation not permitted)", message, StringComparison.Ordinal);
        Assert.Contains("CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_WithoutLibBpf_SaysWhatToInstall()
    {
        // In a mount namespace of its own, an empty file lies over the library.
        using var child = new TestChild("AttachAndSayWhatFails", "unshare", "--mount", "sh", "-c",
            "for f in $(ldconfig -p | sed -n 's/.*libbpf.so.1 .*=> //p'); do mount --bind /dev/null \"$(readlink -f \"$f\")\"; done; exec \"$0\" \"$@\"");
        Assert.Equal("There is no libbpf.so.1 on this machine: install it (apt-get install libbpf1).", child.Hear());
    }

    private static unsafe HashSet<uint> ProgramIds()
    {
        var ids = new HashSet<uint>();
        for (uint id = 0; bpf_prog_get_next_id(id, &id) == 0;)
        {
            ids.Add(id);
        }
        return ids;
    }

    /// <summary>bpf/bpf.h</summary>
    [LibraryImport("libbpf.so.1")]
    private static unsafe partial int bpf_prog_get_next_id(uint start, uint* next);
}
