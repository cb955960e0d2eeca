using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Scale;

/// <summary>A configuration of many functions, each on a port of its own, and requests to them.</summary>
internal sealed class ManyFunctions(LabNetwork network, string program)
{
    private const int FirstPort = 10_000;

    /// <summary>Longer than a round trip of the lab, so that the request is there before the function is.</summary>
    private const int BootMilliseconds = 6;

    private static readonly byte[] s_request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: bench\r\n\r\n");

    public JsonObject Settings(int count)
    {
        var functions = new JsonObject();
        for (var i = 0; i < count; i++)
        {
            functions[Name(i)] = BenchSettings.Process(program, BootMilliseconds, "Syn", $"http://*:{FirstPort + i}");
        }

        return new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = new JsonObject { ["Mode"] = "Required", ["Xdp"] = "Off" },
                ["Budget"] = BenchSettings.UnlimitedBudget(),
                ["Functions"] = functions,
            },
        };
    }

    public static string Name(int index) => $"f{index}";

    public Task<GatewayProcess> StartAsync(int count) => GatewayProcess.StartAsync(
        new() { Namespace = network.Server, Settings = Settings(count), Program = PublishedPrograms.Gateway, StartTimeout = TimeSpan.FromSeconds(60) });

    public Task<Socket> ConnectAsync(int index, CancellationToken cancellationToken) =>
        network.Client.ConnectAsync(new IPEndPoint(network.Link.Server.Address, FirstPort + index), cancellationToken);

    /// <summary>One request over a connection of its own.</summary>
    public async Task RequestAsync(int index, CancellationToken cancellationToken)
    {
        using var connection = await ConnectAsync(index, cancellationToken);
        await AskAsync(connection, cancellationToken);
    }

    /// <exception cref="LabException">The answer was not 200.</exception>
    public static async Task AskAsync(Socket connection, CancellationToken cancellationToken)
    {
        await connection.SendAsync(s_request, cancellationToken);
        var answer = new byte[4096];
        var size = await connection.ReceiveAsync(answer, cancellationToken);
        if (!answer.AsSpan(0, size).StartsWith("HTTP/1.1 200"u8))
        {
            throw new LabException($"The gateway answered '{Encoding.ASCII.GetString(answer, 0, size)}'");
        }
    }

    public static async Task SleepAsync(GatewayProcess gateway, int index, CancellationToken cancellationToken)
    {
        using var asleep = await gateway.Admin.PostAsync($"/api/functions/{Name(index)}/sleep", content: null, cancellationToken);
        asleep.EnsureSuccessStatusCode();
    }
}
