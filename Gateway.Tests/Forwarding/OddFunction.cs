using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Forwarding;

/// <summary>A gateway with one Process function that behaves as odd.c's MODE says, and a client of it.</summary>
internal sealed class OddFunction : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> s_program = new(BuildAsync);

    private OddFunction(Edge edge)
    {
        Edge = edge;
        Client = edge.Network.Client.CreateHttpClient(configure: handler => handler.MaxConnectionsPerServer = 64);
        Client.BaseAddress = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");
    }

    public Edge Edge { get; }

    public HttpClient Client { get; }

    /// <param name="mode">Of odd.c; empty: it answers as anybody would.</param>
    /// <param name="function">More of its options.</param>
    /// <param name="settings">More of the whole configuration.</param>
    public static async Task<OddFunction> StartAsync(string mode = "", Action<JsonObject>? function = null, Action<JsonObject>? settings = null)
    {
        var odd = new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray(await s_program.Value),
            ["Environment"] = new JsonObject { ["MODE"] = mode },
            ["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}"),
        };
        function?.Invoke(odd);
        var network = await LabNetwork.CreateAsync(TimeSpan.Zero);
        return new OddFunction(await Edge.StartAsync(network, new JsonObject { ["hello"] = odd }, settings: settings));
    }

    /// <summary>Asks, and returns the pid of the program that answered.</summary>
    public async Task<int> PidAsync(string path = "plain") => Pid(await Client.GetStringAsync(path));

    public static int Pid(string answer) => int.Parse(answer.Split(' ')[0], CultureInfo.InvariantCulture);

    public static int Requests(string answer) => int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>A client of the shared address and its route.</summary>
    public HttpClient SharedClient(string version)
    {
        var client = Edge.Network.Client.CreateHttpClient(
            new Dictionary<string, IPAddress> { [Edge.Host] = Edge.Network.Link.Server.Address },
            handler =>
            {
                handler.UseCookies = false;
                handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
            });
        client.BaseAddress = new Uri($"https://{Edge.Host}:{Edge.SharedPort}");
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    /// <summary>SIGKILL.</summary>
    public static void Kill(int pid) => System.Diagnostics.Process.GetProcessById(pid).Kill();

    /// <summary>A connection to the function's own address, to say on it what no client of good manners says.</summary>
    public async Task<NetworkStream> ConnectAsync() =>
        new(await Edge.Network.Client.ConnectAsync(new IPEndPoint(Edge.Network.Link.Server.Address, Edge.HttpPort)), ownsSocket: true);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Edge.DisposeAsync();
    }

    private static async Task<string> BuildAsync()
    {
        var program = SourceTree.Path("artifacts", "samples", "odd");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        var aside = $"{program}.{Environment.ProcessId}";
        (await Command.ExecuteAsync(new LabProcessOptions
        {
            FileName = "cc",
            Arguments = ["-std=gnu17", "-O2", "-static", "-pthread", "-Wall", "-Wextra", "-Werror", "-o", aside, SourceTree.Path("Gateway.Tests", "Forwarding", "odd.c")],
        })).ThrowIfFailed();
        File.Move(aside, program, overwrite: true);
        return program;
    }
}
