using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway with a function that answers with the request that reached it, and clients that send exact bytes.</summary>
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

    /// <summary>Starts a gateway.</summary>
    /// <param name="function">Keys of the function besides those that it always has.</param>
    /// <param name="protocol">The protocol that its program speaks: <c>h1</c> or <c>h2c</c>.</param>
    /// <param name="more">Changes the settings as a whole.</param>
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

    /// <summary>Returns the settings with which <see cref="StartAsync"/> starts a gateway.</summary>
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

    /// <summary>Sends the bytes of a request and reads until the gateway closes the connection. A good HTTP/1.1 request needs <c>Connection: close</c> for it.</summary>
    /// <returns>A task that returns the answer, with its head.</returns>
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

    /// <summary>Sends a request for a target.</summary>
    /// <returns>A task that returns the target that the function has received.</returns>
    public async Task<string> TargetAsync(string target, int port = Listen) =>
        Line(await SendAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", port), "GET ").Replace(" HTTP/1.1", "", StringComparison.Ordinal);

    /// <summary>Returns the rest of the first line of an answer that begins with <paramref name="begin"/>, or a text that says that there is none.</summary>
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
