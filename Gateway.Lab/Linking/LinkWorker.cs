using System.Globalization;
using System.Text.Json;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Linking;

/// <summary>
/// The process behind one <see cref="DelayedLink"/> (subcommand <c>link</c>). It writes <c>ready</c>, then answers
/// each line <c>id delay nanoseconds</c>, <c>id stats</c> or <c>id reset</c> with <c>id answer</c>, until its standard input ends.
/// </summary>
internal static class LinkWorker
{
    /// <summary>4096 frames are 100 ms of 480 Mbit/s each way, in 8 MiB.</summary>
    private const int QueueCapacity = 4096;

    /// <param name="arguments">The client's namespace and device, then the server's. The delay is 0 at first.</param>
    public static int Run(string[] arguments)
    {
        if (arguments is not [var clientSpace, var clientDevice, var serverSpace, var serverDevice])
        {
            Console.Error.WriteLine("link: internal; expects CLIENT-NETNS DEVICE SERVER-NETNS DEVICE");
            return 2;
        }

        using var client = NetworkNamespace.Open(clientSpace);
        using var server = NetworkNamespace.Open(serverSpace);
        using var clientTap = TapDevice.Create(client, clientDevice);
        using var serverTap = TapDevice.Create(server, serverDevice);
        FrameRelay[] relays = [Relay(clientTap, serverTap), Relay(serverTap, clientTap)];
        relays[0].Start("to-server");
        relays[1].Start("to-client");

        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is { } line)
        {
            Console.Out.WriteLine(Answer(relays, line.Split(' ')));
        }

        // The relays' threads still use the devices: the process ends, and they with it, before anything is disposed.
        Environment.Exit(0);
        return 0;
    }

    private static FrameRelay Relay(TapDevice from, TapDevice to) => new(from, to, new FrameQueue(QueueCapacity), new WakeEvent());

    private static string Answer(FrameRelay[] relays, string[] words)
    {
        switch (words)
        {
            case [var id, "delay", var nanoseconds]:
                SetDelay(relays, nanoseconds);
                return $"{id} ok";
            case [var id, "stats"]:
                return $"{id} {JsonSerializer.Serialize(new LinkStatistics(relays[0].Statistics, relays[1].Statistics))}";
            case [var id, "reset"]:
                Array.ForEach(relays, relay => relay.ResetStatistics());
                return $"{id} ok";
            default:
                return $"{words[0]} unknown";
        }
    }

    private static void SetDelay(FrameRelay[] relays, string nanoseconds)
    {
        var value = long.Parse(nanoseconds, NumberStyles.None, CultureInfo.InvariantCulture);
        Array.ForEach(relays, relay => relay.Delay = value);
    }
}
