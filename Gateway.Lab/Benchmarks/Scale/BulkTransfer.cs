using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Native;
using Gateway.Lab.Networking;
using Gateway.Lab.Reports;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Lab.Benchmarks.Scale;

/// <summary>
/// Measures what the hooks cost other traffic, by one connection that carries as much as it can. The hooks are attached as Auto
/// attaches them, and not attached, in turns, so that other work of the machine affects both.
/// </summary>
internal static class BulkTransfer
{
    private const int Chunk = 256 * 1024;

    /// <summary>Over a veth pair between two namespaces.</summary>
    public static async Task<BulkCell> OverVethAsync(int rounds, TimeSpan each, CancellationToken cancellationToken)
    {
        using var server = NetworkNamespace.Create();
        using var client = NetworkNamespace.Create();
        var task = server.Run(() => new FileInfo("/proc/thread-self").LinkTarget!.Split('/')[^1]);
        await client.ConfigureAsync($"link add hs1 type veth peer name hs0 netns {task}", "address add 192.0.2.2/24 dev hs1", "link set hs1 up");
        await server.ConfigureAsync("address add 192.0.2.1/24 dev hs0", "link set hs0 up");
        return await AlternateAsync("veth", server, client, IPAddress.Parse("192.0.2.1"), rounds, each, cancellationToken);
    }

    /// <summary>Over the loopback device of a namespace.</summary>
    public static async Task<BulkCell> OverLoopbackAsync(int rounds, TimeSpan each, CancellationToken cancellationToken)
    {
        using var space = NetworkNamespace.Create();
        return await AlternateAsync("lo", space, space, IPAddress.Loopback, rounds, each, cancellationToken);
    }

    private static async Task<BulkCell> AlternateAsync(
        string device, NetworkNamespace server, NetworkNamespace client, IPAddress address, int rounds, TimeSpan each, CancellationToken cancellationToken)
    {
        List<double> with = [], without = [];
        await TransferAsync(server, client, address, each, cancellationToken);
        for (var round = 0; round < rounds; round++)
        {
            // Each of the two is the first equally often.
            foreach (var attached in round % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                using var hooks = attached ? server.Run(Attach) : null;
                (attached ? with : without).Add(await TransferAsync(server, client, address, each, cancellationToken));
            }
        }

        return new BulkCell(device, Statistics.Median(with), Statistics.Median(without), Statistics.Median(with.Zip(without, (a, b) => a / b)));
    }

    private static KernelHooks Attach() =>
        KernelHooks.Attach(new KernelHooksOptions { Xdp = XdpAttach.Auto, Steer = true, MaxFunctions = 16, MaxDestinations = 16 }, new Deaf(), NullLogger.Instance);

    /// <summary>Gbit/s that arrived.</summary>
    private static async Task<double> TransferAsync(NetworkNamespace server, NetworkNamespace client, IPAddress address, TimeSpan time, CancellationToken cancellationToken)
    {
        using var listener = server.Listen(new IPEndPoint(address, 0));
        using var sender = await client.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, cancellationToken);
        using var receiver = await listener.AcceptAsync(cancellationToken);
        // Each on a core of its own: where the scheduler puts them moves the rate more than anything that is measured here.
        var received = Task.Factory.StartNew(() => OnCore(1, () => Receive(receiver)), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Factory.StartNew(() => OnCore(0, () => Send(sender, time)), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await received;
    }

    // For a thread that ends with it. On a machine with one core, or where it may not choose, it runs where it runs.
    private static unsafe T OnCore<T>(int core, Func<T> work)
    {
        var mask = 1UL << core;
        _ = LibC.sched_setaffinity(0, sizeof(ulong), &mask);
        return work();
    }

    private static bool Send(Socket socket, TimeSpan time)
    {
        var data = new byte[Chunk];
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            socket.Send(data);
        }

        socket.Shutdown(SocketShutdown.Send);
        return true;
    }

    private static double Receive(Socket socket)
    {
        var data = new byte[Chunk];
        var began = Stopwatch.GetTimestamp();
        long bytes = 0;
        for (var size = socket.Receive(data); size > 0; size = socket.Receive(data))
        {
            bytes += size;
        }

        return bytes * 8 / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e9;
    }

    private sealed class Deaf : IKernelEvents
    {
        public void OnConnection(in ConnectionEvent e)
        {
        }

        public void OnListen(in ListenEvent e)
        {
        }
    }
}
