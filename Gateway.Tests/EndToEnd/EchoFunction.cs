using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway with functions that tell what reaches them, and clients that say exactly what they mean.</summary>
internal sealed class EchoFunction : IAsyncDisposable
{
    public const int Listen = 8081;
    public const int Shared = 8080;

    private EchoFunction(NetworkNamespace space, GatewayProcess gateway)
    {
        Space = space;
        Gateway = gateway;
    }

    public NetworkNamespace Space { get; }

    public GatewayProcess Gateway { get; }

    /// <param name="function">Keys of the function besides those of every one.</param>
    /// <param name="protocol">What its program speaks: <c>h1</c> or <c>h2c</c>.</param>
    /// <param name="more">Changes the whole file.</param>
    public static async Task<EchoFunction> StartAsync(JsonObject? function = null, string protocol = "h1", Action<JsonObject>? more = null)
    {
        var space = NetworkNamespace.Create();
        try
        {
            return new EchoFunction(space, await GatewayProcess.StartAsync(new() { Namespace = space, Settings = Settings(function, protocol, more) }));
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    public static JsonObject Settings(JsonObject? function = null, string protocol = "h1", Action<JsonObject>? more = null)
    {
        var echo = LabExecutable.Command("echo", protocol);
        var keys = function ?? [];
        keys["Runtime"] = "Process";
        keys["Command"] = new JsonArray([.. echo.Arguments.Prepend(echo.FileName).Select(word => JsonValue.Create(word))]);
        keys["Listen"] ??= new JsonArray($"http://*:{Listen}");
        var settings = JsonNode.Parse($$"""
            {
              "Kestrel": { "Endpoints": { "shared": { "Url": "http://*:{{Shared}}" } } },
              "ReverseProxy": { "Routes": { "echo": { "ClusterId": "echo", "Match": { "Path": "/{**rest}" } } } },
              "Gateway": { "Ebpf": { "Mode": "Off" }, "Functions": { "echo": {} } }
            }
            """)!.AsObject();
        settings["Gateway"]!["Functions"]!["echo"] = keys;
        more?.Invoke(settings);
        return settings;
    }

    /// <summary>The answer to a request that is sent as it is written here. The head needs no <c>Connection: close</c>.</summary>
    public async Task<string> SendAsync(string head, int port = Listen, IPAddress? address = null)
    {
        using var socket = await Space.ConnectAsync(new IPEndPoint(address ?? IPAddress.Loopback, port));
        await socket.SendAsync(Encoding.Latin1.GetBytes(head));
        var answer = new MemoryStream();
        var buffer = new byte[16384];
        while (await socket.ReceiveAsync(buffer) is > 0 and var size)
        {
            answer.Write(buffer, 0, size);
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>The target that reaches the function when a client asks for this one.</summary>
    public async Task<string> TargetAsync(string target, int port = Listen) =>
        Line(await SendAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", port), "GET ").Replace(" HTTP/1.1", "", StringComparison.Ordinal);

    /// <summary>What follows <paramref name="begin"/> in its line of an answer.</summary>
    public static string Line(string answer, string begin)
    {
        var line = answer.Split('\n').FirstOrDefault(line => line.StartsWith(begin, StringComparison.OrdinalIgnoreCase));
        return line is null ? $"(no line '{begin}' in: {answer})" : line[begin.Length..].TrimEnd('\r');
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Space.Dispose();
    }
}
