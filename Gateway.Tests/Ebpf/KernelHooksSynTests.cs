using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

[Collection(KernelCollection.Name)]
public sealed class KernelHooksSynTests
{
    private const uint Function = 7;

    public static TheoryData<string, string, bool> Listeners => new()
    {
        { "127.0.0.1", "127.0.0.1", false },
        { "0.0.0.0", "127.0.0.1", false },
        { "::1", "::1", false },
        { "::", "::1", true },
        { "::", "127.0.0.1", true },
    };

    [Theory]
    [MemberData(nameof(Listeners))]
    public void OnConnection_SynForArmedFunction_NamesFunctionAndBothEnds(string bound, string dialled, bool dualStack)
    {
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Parse(bound), dualStack);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn);

        var before = Stopwatch.GetTimestamp();
        var client = listener.Connect(IPAddress.Parse(dialled));
        var e = kernel.Log.NextConnection();
        var after = Stopwatch.GetTimestamp();

        Assert.Equal(Function, e.Function);
        Assert.Equal(Triggers.Syn, e.Kind);
        Assert.Equal(HookKind.SockOps, e.Hook);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(dialled), listener.Port), e.Local);
        Assert.Equal(client, e.Remote);
        Assert.InRange(e.Timestamp, before, after);
        Assert.Null(e.Rtt);
    }

    // A SYN proves nothing: of the connection that follows the gateway is told too, once.
    [Fact]
    public void OnConnection_ArmedToStayAfterSyn_ReportsTheConnectionToo()
    {
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established | Triggers.StayAfterSyn);

        var client = listener.Connect(IPAddress.Loopback);
        listener.Connect(IPAddress.Loopback);

        Assert.Equal([(Triggers.Syn, client), (Triggers.Established, client)], kernel.EventsSoFar().Select(e => (e.Kind, e.Remote)));
        Assert.Equal(Triggers.None, kernel.Hooks.ArmedTriggers(Function));
    }

    [Fact]
    public void OnConnection_AfterOneEvent_FunctionIsDisarmedAndSilent()
    {
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);

        listener.Connect(IPAddress.Loopback);
        listener.Connect(IPAddress.Loopback);

        Assert.Equal([Triggers.Syn], kernel.EventsSoFar().Select(e => e.Kind));
        Assert.Equal(Triggers.None, kernel.Hooks.ArmedTriggers(Function));
        Assert.True(kernel.Count("sock_ops", "quiet") >= 3); // the first's ACK, the second's SYN and ACK
    }

    [Fact]
    public void OnConnection_DisarmedFunction_IsSilent()
    {
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn);
        kernel.Hooks.Disarm(Function);

        listener.Connect(IPAddress.Loopback);

        Assert.Empty(kernel.EventsSoFar());
    }

    [Theory]
    [InlineData(XdpAttach.Off)]
    [InlineData(XdpAttach.Generic)] // two hooks race
    public void OnConnection_ManySynsAtOnce_ExactlyOneEventPerArming(XdpAttach xdp)
    {
        using var space = new NetworkNamespace();
        space.Run(() => ConnectManyAtOnce(xdp));
    }

    private static void ConnectManyAtOnce(XdpAttach xdp)
    {
        const int Rounds = 30, Clients = 16;
        using var kernel = new HookedKernel(xdp, "lo");
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);

        using var start = new Barrier(Clients);
        for (var round = 0; round < Rounds; round++)
        {
            kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);
            var clients = Enumerable.Range(0, Clients).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                listener.Connect(IPAddress.Loopback);
            })).ToList();
            clients.ForEach(thread => thread.Start());
            clients.ForEach(thread => thread.Join());
            Assert.Single(kernel.EventsSoFar());
        }
    }

    [Fact]
    public void OnConnection_EstablishedArmed_HasRoundTrip()
    {
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Established);

        var client = listener.Connect(IPAddress.Loopback);

        var e = Assert.Single(kernel.EventsSoFar());
        Assert.Equal(Triggers.Established, e.Kind);
        Assert.Equal(client, e.Remote);
        Assert.NotNull(e.Rtt);
        Assert.InRange(e.Rtt.Value, TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void OnConnection_OtherNetworkNamespace_IsIgnored()
    {
        using var kernel = new HookedKernel();
        using var space = new NetworkNamespace();
        var others = kernel.Count("sock_ops", "other_netns");

        space.Run(() =>
        {
            using var listener = new Loopback(IPAddress.Loopback);
            kernel.Hooks.SetDestination(null, listener.Port, Function);
            kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);
            listener.Connect(IPAddress.Loopback);
        });

        Assert.Empty(kernel.EventsSoFar());
        Assert.Equal(Triggers.Syn | Triggers.Established, kernel.Hooks.ArmedTriggers(Function));
        Assert.True(kernel.Count("sock_ops", "other_netns") >= others + 2);
    }
}
