using System.Net;
using Gateway.Lab.Linking;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Flood;

/// <summary>
/// A gateway's namespace with two links: to an honest client, whose packets take as long as on a real network, and to an attacker that is also the way
/// to the rest of the world, so that answers to forged addresses go there and nowhere else.
/// </summary>
internal sealed class FloodNetwork : IAsyncDisposable
{
    /// <summary>The honest client's round trip: the shortest one of the slides.</summary>
    public static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(25);

    private readonly DelayedLink _link;

    private FloodNetwork(NetworkNamespace server, NetworkNamespace client, NetworkNamespace attacker, DelayedLink link)
    {
        Server = server;
        Client = client;
        Attacker = attacker;
        _link = link;
    }

    public NetworkNamespace Server { get; }

    public NetworkNamespace Client { get; }

    public NetworkNamespace Attacker { get; }

    /// <summary>The device of the gateway's namespace on which the attacker's frames arrive.</summary>
    public const string FloodedDevice = "hsflood";

    /// <summary>The device of the gateway's namespace to the honest client.</summary>
    public string ClientDevice => _link.Server.Device;

    /// <summary>The attacker's device.</summary>
    public const string AttackerDevice = "hsattack";

    /// <summary>The address that both reach the gateway at.</summary>
    public IPAddress Address => _link.Server.Address;

    public static byte[] AttackerHardware => [2, 0, 0, 0, 1, 2];

    public static byte[] FloodedHardware => [2, 0, 0, 0, 1, 1];

    /// <exception cref="LabException">This process may not make namespaces or devices.</exception>
    public static async Task<FloodNetwork> CreateAsync()
    {
        List<NetworkNamespace> made = [];
        try
        {
            for (var i = 0; i < 3; i++)
            {
                made.Add(NetworkNamespace.Create());
            }

            var network = new FloodNetwork(made[0], made[1], made[2], await DelayedLink.CreateAsync(made[1], made[0], RoundTrip / 2));
            await network.ConfigureAsync();
            return network;
        }
        catch
        {
            made.ForEach(space => space.Dispose());
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        Attacker.Dispose();
        Client.Dispose();
        Server.Dispose();
    }

    private async Task ConfigureAsync()
    {
        var task = Server.Run(() => new FileInfo("/proc/thread-self").LinkTarget!.Split('/')[^1]);
        await Attacker.ConfigureAsync(
            $"link add {AttackerDevice} address 02:00:00:00:01:02 type veth peer name {FloodedDevice} address 02:00:00:00:01:01 netns {task}",
            $"address add 203.0.113.2/24 dev {AttackerDevice}",
            $"link set {AttackerDevice} up");
        await Server.ConfigureAsync(
            $"address add 203.0.113.1/24 dev {FloodedDevice}",
            $"link set {FloodedDevice} up",
            $"route add default via 203.0.113.2 dev {FloodedDevice}");
    }
}
