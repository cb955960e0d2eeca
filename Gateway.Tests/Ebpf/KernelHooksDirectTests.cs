using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>sk_lookup hands connections to the listening sockets of functions, in a namespace of the test's own.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelHooksDirectTests
{
    private const int Port = 8100;

    private static readonly IPEndPoint _dialled = new(IPAddress.Loopback, Port);

    [Fact]
    public void SteerDirect_NewConnection_ReachesTheFunctionWithTheTrueEnds() => InSpace(kernel =>
    {
        using var gateway = Gateway(kernel);
        using var function = Listener(IPAddress.Loopback);
        kernel.Hooks.SetDirectSocket(3, function.SafeHandle);
        kernel.Hooks.SteerDirect(null, Port, SteeringSocket.Plain, first: 3, count: 1);

        using var client = Dial();
        using var accepted = function.Accept();

        Assert.Equal(_dialled, SocketNames.Local(accepted));
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.False(gateway.Poll(0, SelectMode.SelectRead));
        Assert.Equal((1, 0), (kernel.Count("sk_lookup", "direct"), kernel.Count("sk_lookup", "steered")));
        Assert.InRange(kernel.Hooks.DirectUse(3), System.Diagnostics.Stopwatch.GetTimestamp() - System.Diagnostics.Stopwatch.Frequency, System.Diagnostics.Stopwatch.GetTimestamp());
        Assert.Equal(0, kernel.Hooks.DirectUse(2));
    });

    [Fact]
    public void Steer_AfterDirect_NewConnectionsTurnBackAndOpenOnesStay() => InSpace(kernel =>
    {
        using var gateway = Gateway(kernel);
        using var function = Listener(IPAddress.Loopback);
        kernel.Hooks.SetDirectSocket(0, function.SafeHandle);
        kernel.Hooks.SteerDirect(null, Port, SteeringSocket.Plain, first: 0, count: 1);
        using var before = Dial();
        using var direct = function.Accept();

        kernel.Hooks.Steer(null, Port, SteeringSocket.Plain);
        using var after = Dial();
        using var proxied = gateway.Accept();

        before.Send([42]);
        Assert.Equal(1, direct.Receive(new byte[8]));
        Assert.Equal(after.LocalEndPoint!.ToString(), Unmapped(proxied));
        Assert.False(function.Poll(0, SelectMode.SelectRead));
    });

    [Fact]
    public void SteerDirect_TheFunctionClosedItsSocket_TheGatewayTakesTheConnection() => InSpace(kernel =>
    {
        using var gateway = Gateway(kernel);
        using (var function = Listener(IPAddress.Loopback))
        {
            kernel.Hooks.SetDirectSocket(0, function.SafeHandle);
        }

        kernel.Hooks.SteerDirect(null, Port, SteeringSocket.Plain, first: 0, count: 1);

        using var client = Dial();
        using var accepted = gateway.Accept();

        Assert.Equal((0, 1, 1), (kernel.Count("sk_lookup", "direct"), kernel.Count("sk_lookup", "direct_gone"), kernel.Count("sk_lookup", "steered")));
    });

    [Fact]
    public void SteerDirect_SocketOfAnotherFamily_TheGatewayTakesTheConnection() => InSpace(kernel =>
    {
        using var gateway = Gateway(kernel);
        using var function = Listener(IPAddress.Loopback);
        kernel.Hooks.SetDirectSocket(0, function.SafeHandle);
        kernel.Hooks.SteerDirect(null, Port, SteeringSocket.Plain, first: 0, count: 1);

        using var client = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(new IPEndPoint(IPAddress.IPv6Loopback, Port));
        using var accepted = gateway.Accept();

        Assert.Equal(1, kernel.Count("sk_lookup", "direct_gone"));
    });

    [Fact]
    public void SteerDirect_SeveralSockets_ShareTheConnections() => InSpace(kernel =>
    {
        const int Sockets = 3, Connections = 60;
        using var gateway = Gateway(kernel);
        var functions = Enumerable.Range(0, Sockets).Select(_ => Listener(IPAddress.Loopback)).ToArray();
        for (var place = 0; place < Sockets; place++)
        {
            kernel.Hooks.SetDirectSocket(place, functions[place].SafeHandle);
        }

        kernel.Hooks.SteerDirect(null, Port, SteeringSocket.Plain, first: 0, Sockets);
        var clients = Enumerable.Range(0, Connections).Select(_ => Dial()).ToArray();

        var taken = Array.ConvertAll(functions, AcceptAll);
        Assert.Equal(Connections, taken.Sum());
        Assert.All(taken, count => Assert.InRange(count, 1, Connections - Sockets + 1));
        Array.ForEach(clients, client => client.Dispose());
        Array.ForEach(functions, function => function.Dispose());
    });

    [Fact]
    public void SteerDirect_PlacesThatAreNone_AreRefused() => InSpace(kernel =>
    {
        var hooks = kernel.Hooks;
        Assert.True(hooks.DirectPlaces > KernelHooks.MaxDirectSockets);
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SteerDirect(null, Port, SteeringSocket.Plain, hooks.DirectPlaces, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SteerDirect(null, Port, SteeringSocket.Plain, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SteerDirect(null, Port, SteeringSocket.Plain, 0, KernelHooks.MaxDirectSockets + 1));
    });

    private static int AcceptAll(Socket listener)
    {
        var count = 0;
        for (; listener.Poll(0, SelectMode.SelectRead); count++)
        {
            listener.Accept().Dispose();
        }

        return count;
    }

    private static string Unmapped(Socket accepted)
    {
        var remote = (IPEndPoint)accepted.RemoteEndPoint!;
        return new IPEndPoint(remote.Address.MapToIPv4(), remote.Port).ToString();
    }

    private static Socket Dial()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        client.Connect(_dialled);
        return client;
    }

    private static Socket Gateway(HookedKernel kernel)
    {
        var socket = Listener(IPAddress.IPv6Any);
        kernel.Hooks.SetSocket(SteeringSocket.Plain, socket.SafeHandle);
        return socket;
    }

    // A port of the system's choosing, so that only the kernel's programs can bring connections to the dialled one here.
    private static Socket Listener(IPAddress address)
    {
        var socket = address.Equals(IPAddress.IPv6Any)
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(128);
        return socket;
    }

    private static void InSpace(Action<HookedKernel> test)
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(steer: true);
            test(kernel);
        });
    }
}
