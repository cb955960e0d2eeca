using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Lab.Linking;

/// <summary>
/// Measures a link by UDP echo with blocking calls on this thread and one other, so that neither the thread pool nor
/// the event loop is part of the time.
/// </summary>
public static class RoundTrip
{
    /// <summary>Measures round trips one after another. They are returned sorted, the fastest first.</summary>
    /// <param name="link">The link between whose ends the packets go.</param>
    /// <param name="samples">How many are measured, 1 or more.</param>
    /// <param name="v6">Whether IPv6 is used.</param>
    /// <exception cref="SocketException">A packet was not answered within 5 seconds.</exception>
    public static Task<TimeSpan[]> MeasureAsync(DelayedLink link, int samples, bool v6 = false) =>
        Task.Factory.StartNew(() => Measure(link, samples, v6), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static TimeSpan[] Measure(DelayedLink link, int samples, bool v6)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        var address = v6 ? link.Server.AddressV6 : link.Server.Address;
        using var server = CreateSocket(link.Server, address);
        using var client = CreateSocket(link.Client, address);
        server.Bind(new IPEndPoint(address, 0));
        client.Connect(server.LocalEndPoint!);

        // One more is measured than counted, because the first one includes the compilation of this code.
        var echo = new Thread(() => Echo(server, samples + 1)) { IsBackground = true, Name = "lab-echo" };
        echo.Start();
        var times = new TimeSpan[samples + 1];
        var packet = new byte[1];
        for (var i = 0; i <= samples; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            client.Send(packet);
            client.Receive(packet);
            times[i] = Stopwatch.GetElapsedTime(sent);
        }

        echo.Join();
        var counted = times[1..];
        Array.Sort(counted);
        return counted;
    }

    private static void Echo(Socket server, int count)
    {
        var packet = new byte[1];
        EndPoint from = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            for (var i = 0; i < count; i++)
            {
                server.ReceiveFrom(packet, ref from);
                server.SendTo(packet, from);
            }
        }
        catch (SocketException)
        {
            // No packet came. The client's own time limit reports that.
        }
    }

    private static Socket CreateSocket(LinkEnd end, IPAddress address)
    {
        var socket = end.Namespace.CreateSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveTimeout = 5000;
        return socket;
    }
}
