using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>Every kind of hook: the program runs while the link is there, and not before or after.</summary>
[Collection(KernelCollection.Name)]
public sealed class AttachTests : IDisposable
{
    private const int LoopbackIndex = 1; // of lo in every namespace

    private const string Counting = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } runs SEC(".maps");
        static int count(int verdict) {
            __u32 zero = 0; __u64 *runs_ = bpf_map_lookup_elem(&runs, &zero);
            if (runs_) __sync_fetch_and_add(runs_, 1);
            return verdict;
        }
        SEC("tracepoint/sched/sched_process_exec") int exec(void *ctx) { return count(0); }
        SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx) { return count(1); }
        SEC("cgroup_skb/egress") int egress(struct __sk_buff *ctx) { return count(1); }
        SEC("sk_lookup") int lookup(struct bpf_sk_lookup *ctx) { return count(1); }
        SEC("xdp") int packet(struct xdp_md *ctx) { return count(2); }
        SEC("tc") int shaped(struct __sk_buff *ctx) { return count(-1); }
        char LICENSE[] SEC("license") = "GPL";
        """;

    private static readonly byte[] s_image = Clang.Bpf(Counting);

    private readonly BpfObject _object;
    private readonly NetworkNamespace _space = new();

    public AttachTests()
    {
        using var open = OpenBpfObject.FromMemory(s_image, "counting");
        _object = open.Load();
    }

    [Fact]
    public void AttachTracepoint_ProcessExecutes_Runs() => AssertRuns(
        () => _object.Program("exec").AttachTracepoint("sched", "sched_process_exec"),
        () => Process.Start("/bin/true").WaitForExit());

    [Fact]
    public void AttachTracepoint_NoSuchTracepoint_SaysWhich()
    {
        var e = Assert.Throws<BpfException>(() => _object.Program("exec").AttachTracepoint("sched", "no_such_point"));
        Assert.StartsWith("Attaching exec to the tracepoint sched:no_such_point failed with ENOENT", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect4")]
    [InlineData("egress")]
    public void AttachCgroup_AnyCgroupProgram_RunsAtTheHookOfItsSection(string program) =>
        AssertRuns(() => _object.Program(program).AttachCgroup(Cgroup.FindRoot()), Connect);

    [Fact]
    public void AttachSkLookup_NamespaceByPath_Runs() => _space.Run(() =>
        AssertRuns(() => _object.Program("lookup").AttachSkLookup("/proc/thread-self/ns/net"), Connect));

    [Fact]
    public void AttachSkLookup_NoSuchNamespace_SaysWhich() => Assert.Contains(
        "/run/netns/none-such", Assert.Throws<BpfException>(() => _object.Program("lookup").AttachSkLookup("/run/netns/none-such")).Message, StringComparison.Ordinal);

    [Fact]
    public void AttachXdp_Generic_Runs() => _space.Run(() =>
        AssertRuns(() => _object.Program("packet").AttachXdp(LoopbackIndex, XdpLinkMode.Generic), Connect));

    [Theory]
    [InlineData(TcxDirection.Ingress)]
    [InlineData(TcxDirection.Egress)]
    public void AttachTcx_EitherDirection_Runs(TcxDirection direction) => _space.Run(() =>
        AssertRuns(() => _object.Program("shaped").AttachTcx(LoopbackIndex, direction), Connect));

    [Fact]
    public void Attach_NoSuchDevice_SaysSo()
    {
        Assert.Equal(ErrnoCodes.EINVAL, Assert.Throws<BpfException>(() => _object.Program("packet").AttachXdp(99_999, XdpLinkMode.Generic)).Errno);
        Assert.Equal(ErrnoCodes.ENODEV, Assert.Throws<BpfException>(() => _object.Program("shaped").AttachTcx(99_999)).Errno);
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("connect4")]
    public void Attach_ManyTimes_LeavesNoDescriptor(string program)
    {
        Round();
        var before = Descriptors.Count();
        for (var i = 0; i < 50; i++)
        {
            Round();
        }
        Assert.Equal(before, Descriptors.Count());

        void Round() => (program == "exec" ? _object.Program("exec").AttachTracepoint("sched", "sched_process_exec") : _object.Program(program).AttachCgroup(Cgroup.FindRoot())).Dispose();
    }

    public void Dispose()
    {
        _object.Dispose();
        _space.Dispose();
    }

    private void AssertRuns(Func<BpfLink> attach, Action cause)
    {
        var runs = _object.ArrayMap<ulong>("runs");
        cause();
        Assert.Equal([0UL], runs.ToArray());
        using (attach())
        {
            cause();
            Assert.NotEqual(0UL, runs[0]);
        }
        var during = runs[0];
        cause();
        Assert.Equal(during, runs[0]);
    }

    private static void Connect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient(AddressFamily.InterNetwork);
        client.Connect((IPEndPoint)listener.LocalEndpoint);
    }
}
