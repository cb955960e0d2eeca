using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Clients in a network namespace of their own, with a cable to the engines', and the peer program as a container.</summary>
internal sealed class OutsideClients : IDisposable
{
    private const string Image = "peer:1";

    private readonly SharedEngines _engines;

    private OutsideClients(SharedEngines engines) => _engines = engines;

    /// <summary>The clients' namespace.</summary>
    public NetworkNamespace Space { get; } = NetworkNamespace.Create();

    /// <summary>The address of the gateway's machine as the clients know it.</summary>
    public static IPAddress Machine { get; } = IPAddress.Parse("10.77.0.1");

    public static async Task<OutsideClients> CreateAsync(SharedEngines engines)
    {
        var clients = new OutsideClients(engines);
        await clients.Space.ConfigureAsync("link add in0 type veth peer name out0");
        await clients.Space.ConfigureAsync($"link set out0 netns {engines.Space.Path}", "address add 10.77.0.2/24 dev in0", "link set in0 up");
        await engines.Space.ConfigureAsync("address add 10.77.0.1/24 dev out0", "link set out0 up");
        return clients;
    }

    /// <summary>Makes the image of <see cref="PeerProgram"/> for <see cref="Function"/>.</summary>
    public Task ImportAsync(string runtime)
    {
        // The program's own folder has the modules of perl-base, and what it is linked to is told by ldd.
        var linked = Command.ExecuteAsync(new LabProcessOptions { FileName = "ldd", Arguments = ["/usr/bin/perl"] });
        return ImportAsync(runtime, linked);
    }

    /// <summary>Returns the settings of a function that runs the peer program on the engine's bridge.</summary>
    public static JsonObject Function(string runtime, int listen, string idleAfter = "00:05:00")
    {
        var function = PeerProgram.Function(listen, idleAfter);
        function["Runtime"] = runtime;
        function["Image"] = Image;
        function["Port"] = 8080;
        function["Network"] = "bridge";
        return function;
    }

    /// <summary>Connects from outside to the machine.</summary>
    public Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken) => Space.ConnectAsync(new IPEndPoint(Machine, port), cancellationToken);

    /// <summary>Wakes the peer program. A client that connects and leaves without a word may be no use of the function, and does not have to wake it.</summary>
    public async Task WakeAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(port, cancellationToken);
        Assert.False(await PeerProgram.IsDirectAsync(socket, cancellationToken));
    }

    // The other end of the cable goes with it.
    public void Dispose() => Space.Dispose();

    private async Task ImportAsync(string runtime, Task<CommandResult> linked)
    {
        var files = new Dictionary<string, string> { ["/usr/bin/perl"] = "/usr/bin/perl" };
        foreach (var word in (await linked).ThrowIfFailed().Output.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(static word => word[0] == '/'))
        {
            files[word] = Content(word);
        }

        foreach (var folder in Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(static folder => Path.Combine(folder, "perl-base")).Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                files[file] = Content(file);
            }
        }

        await _engines.ImportAsync(runtime, Image, ["/usr/bin/perl"], files);

        // A link would lead to where nothing is in the image.
        static string Content(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }
}
