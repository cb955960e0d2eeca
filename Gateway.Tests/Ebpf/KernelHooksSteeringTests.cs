using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>sk_lookup for real: sockets in a namespace of the test's own.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelHooksSteeringTests
{
    private const uint Function = 7;
    private const int Port = 8100;

    public static TheoryData<string?, string> Destinations => new()
    {
        { null, "127.0.0.1" },
        { null, "::1" },
        { "0.0.0.0", "127.0.0.9" },
        { "127.0.0.2", "127.0.0.2" },
        { "::1", "::1" },
        { "203.0.113.7", "203.0.113.7" }, // not an address of this machine: routed here, bound by nobody
        { "2001:db8::7", "2001:db8::7" },
    };

    [Theory]
    [MemberData(nameof(Destinations))]
    public void Steer_Destination_ComesToTheSocketWithTheDialledAddressAndWakes(string? destination, string dialled) => InSpace(kernel =>
    {
        NetworkNamespace.Ip("route add local 203.0.113.0/24 dev lo");
        NetworkNamespace.Ip("-6 route add local 2001:db8::/64 dev lo");
        using var socket = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        var address = destination is null ? null : IPAddress.Parse(destination);
        kernel.Hooks.SetDestination(address, Port, Function);
        kernel.Hooks.Steer(address, Port, SteeringSocket.Plain);
        kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);

        var dialledEnd = new IPEndPoint(IPAddress.Parse(dialled), Port);
        var (client, local) = socket.Connect(dialledEnd);

        Assert.Equal(dialledEnd, local);
        var e = Assert.Single(kernel.EventsSoFar());
        Assert.Equal((Function, Triggers.Syn, HookKind.SockOps), (e.Function, e.Kind, e.Hook));
        Assert.Equal((dialledEnd, client), (e.Local, e.Remote));
        Assert.Equal(1, kernel.Count("sk_lookup", "steered"));
    });

    [Fact]
    public void Steer_TwoSockets_EachGetsItsOwn() => InSpace(kernel =>
    {
        using var plain = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        using var tls = new SteeringListener(kernel.Hooks, SteeringSocket.Tls);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        kernel.Hooks.Steer(null, Port + 1, SteeringSocket.Tls);

        plain.Connect(new IPEndPoint(IPAddress.Loopback, Port));
        tls.Connect(new IPEndPoint(IPAddress.Loopback, Port + 1));

        Assert.Equal(2, kernel.Count("sk_lookup", "steered"));
    });

    [Fact]
    public void Steer_MostSpecificWins() => InSpace(kernel =>
    {
        using var plain = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        using var tls = new SteeringListener(kernel.Hooks, SteeringSocket.Tls);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        kernel.Hooks.Steer(IPAddress.Parse("127.0.0.2"), Port, SteeringSocket.Tls);

        plain.Connect(new IPEndPoint(IPAddress.Loopback, Port));
        tls.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.2"), Port));
    });

    [Fact]
    public void Steer_TenThousandPorts_OneSocket() => InSpace(kernel =>
    {
        using var socket = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        for (var port = 10_000; port < 20_000; port++)
        {
            kernel.Hooks.Steer(null, port, SteeringSocket.Plain);
        }

        foreach (var port in (int[])[10_000, 14_999, 19_999])
        {
            var (_, local) = socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal(port, local.Port);
        }

        Assert.Throws<SocketException>(() => socket.Connect(new IPEndPoint(IPAddress.Loopback, 20_000)));
    }, destinations: 10_001);

    [Fact]
    public void Lookup_NotSteered_GoesToItsOwnSocket() => InSpace(kernel =>
    {
        using var socket = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        using var other = new Loopback(IPAddress.Loopback);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);

        other.Connect(IPAddress.Loopback);

        Assert.Equal(0, kernel.Count("sk_lookup", "steered"));
    });

    [Fact]
    public void Lookup_Datagrams_AreLeftAlone() => InSpace(kernel =>
    {
        using var socket = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, Port));
        using var client = new UdpClient(AddressFamily.InterNetwork);
        client.Send([1], new IPEndPoint(IPAddress.Loopback, Port));
        IPEndPoint? from = null;

        Assert.Equal([1], server.Receive(ref from));
    });

    [Fact]
    public void StopSteering_OpenConnectionStays_NewOnesAreRefused() => InSpace(kernel =>
    {
        using var socket = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        var destination = new IPEndPoint(IPAddress.Loopback, Port);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(destination);
        using var accepted = socket.Accept();

        Assert.True(kernel.Hooks.StopSteering(null, Port));
        Assert.False(kernel.Hooks.StopSteering(null, Port));

        client.Send([42]);
        Assert.Equal(1, accepted.Receive(new byte[8]));
        Assert.Throws<SocketException>(() => socket.Connect(destination));
    });

    [Fact]
    public void SetSocket_TheSocketIsClosed_NextTakesOver() => InSpace(kernel =>
    {
        var destination = new IPEndPoint(IPAddress.Loopback, Port);
        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        using (var first = new SteeringListener(kernel.Hooks, SteeringSocket.Plain))
        {
            first.Connect(destination);
        }

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => client.Connect(destination));
        Assert.Equal(1, kernel.Count("sk_lookup", "no_socket"));

        using var second = new SteeringListener(kernel.Hooks, SteeringSocket.Plain);
        second.Connect(destination);
    });

    [Fact]
    public void Attach_BesideAnother_TheFirstDecidesUntilItEnds() => InSpace(first =>
    {
        var destination = new IPEndPoint(IPAddress.Loopback, Port);
        using var second = new HookedKernel(steer: true);
        using var next = new SteeringListener(second.Hooks, SteeringSocket.Plain);
        second.Hooks.Steer(null, Port, SteeringSocket.Plain);
        using (var old = new SteeringListener(first.Hooks, SteeringSocket.Plain))
        {
            first.Hooks.Steer(null, Port, SteeringSocket.Plain);
            old.Connect(destination);
            Assert.Equal(1, second.Count("sk_lookup", "not_assigned"));
        }

        next.Connect(destination); // no gap: the old one's socket was still there at the last connection, this one's at the next
        Assert.Equal(1, second.Count("sk_lookup", "steered"));
    });

    private static void InSpace(Action<HookedKernel> test, int destinations = 64)
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(steer: true, destinations);
            Assert.Contains(new HookAttachment("*", "sk_lookup"), kernel.Hooks.Attachments);
            test(kernel);
        });
    }

    /// <summary>As the gateway's: dual-stack, bound to a loopback address that nobody dials.</summary>
    private sealed class SteeringListener : IDisposable
    {
        private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);

        public SteeringListener(KernelHooks hooks, SteeringSocket which)
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), 0));
            _listener.Listen();
            hooks.SetSocket(which, _listener.SafeHandle);
        }

        public Socket Accept() => _listener.Accept();

        /// <summary>The client's own end, and what the accepted socket says it was dialled by.</summary>
        public (IPEndPoint Client, IPEndPoint Local) Connect(IPEndPoint destination)
        {
            using var client = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            client.Connect(destination);
            using var accepted = Accept();
            var local = SocketNames.Local(accepted);
            return ((IPEndPoint)client.LocalEndPoint!, local);
        }

        public void Dispose() => _listener.Dispose();
    }
}
