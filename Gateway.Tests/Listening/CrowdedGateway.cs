using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Tests.Listening;

/// <summary>
/// A gateway that may open few files, on the loopback interface of a namespace of its own, where every address of 127.0.0.0/8 is a client. It has two sample
/// functions, of which one is meant to be warm and the other cold.
/// </summary>
internal sealed class CrowdedGateway : IAsyncDisposable
{
    public const int Warm = 8081;
    public const int Cold = 8082;
    public const int Https = 8443;

    private readonly LabCertificates _certificates;

    private CrowdedGateway(NetworkNamespace space, LabCertificates certificates, JsonObject settings, GatewayProcess gateway) =>
        (Space, _certificates, Settings, Gateway) = (space, certificates, settings, gateway);

    public NetworkNamespace Space { get; }

    public GatewayProcess Gateway { get; }

    /// <summary>The settings, to be changed and given to <see cref="GatewayProcess.UpdateSettings"/>.</summary>
    public JsonObject Settings { get; }

    /// <param name="maxOpenFiles">How many files the gateway may open; null for as many as the tests.</param>
    /// <param name="limits">Its <c>Gateway:Limits</c>.</param>
    /// <param name="warm">Changes the warm function's options.</param>
    public static async Task<CrowdedGateway> StartAsync(int? maxOpenFiles, JsonObject? limits = null, Action<JsonObject>? warm = null)
    {
        var space = NetworkNamespace.Create();
        var certificates = new LabCertificates();
        try
        {
            var settings = await SettingsAsync(certificates, limits ?? [], warm);
            return new CrowdedGateway(space, certificates, settings, await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings, MaxOpenFiles = maxOpenFiles }));
        }
        catch
        {
            certificates.Dispose();
            space.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection, whose client has the given number.</summary>
    /// <exception cref="SocketException">It was refused.</exception>
    public async Task<Socket> ConnectAsync(int client, int port = Warm, string say = "")
    {
        var socket = Socket(Space, client);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await SayAsync(socket, say);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a socket of the client with the given number.</summary>
    public static Socket Socket(NetworkNamespace space, int client)
    {
        var socket = space.CreateSocket(AddressFamily.InterNetwork);
        socket.NoDelay = true;
        socket.Bind(new IPEndPoint(AddressOf(client), 0));
        return socket;
    }

    /// <summary>Sends a text, unless the connection has been closed.</summary>
    public static async Task SayAsync(Socket socket, string say)
    {
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(say));
        }
        catch (SocketException)
        {
            // Whoever reads will see it.
        }
    }

    /// <summary>Sends a GET and returns the first line of the answer; or a text that says that there is none, if the connection was closed.</summary>
    public static async Task<string> GetAsync(Socket socket, string path = "/")
    {
        try
        {
            await SayAsync(socket, $"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            var buffer = new byte[4096];
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
            var size = await socket.ReceiveAsync(buffer, limit.Token);
            return size == 0 ? "closed" : Encoding.Latin1.GetString(buffer, 0, size).Split('\r')[0];
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return error is SocketException ? "reset" : "silent";
        }
    }

    /// <summary>Asks on a new connection, and returns the first line of the answer or why there is none.</summary>
    public async Task<string> AskAsync(int client, int port = Warm)
    {
        try
        {
            using var socket = await ConnectAsync(client, port);
            return await GetAsync(socket);
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode.ToString();
        }
    }

    /// <summary>Returns its descriptors' numbers in order. The next one will have the lowest that is not among them.</summary>
    public int[] Descriptors() =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{Gateway.ProcessId}/fd").Select(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Order()];

    /// <summary>Returns the gateway's resident memory in bytes (proc_pid_status(5), VmRSS).</summary>
    public long Memory() => 1024 * long.Parse(
        File.ReadLines($"/proc/{Gateway.ProcessId}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>Brings the cold function to rest, asks it, and returns the first line of the answer.</summary>
    public async Task<string> WakeAsync(int client)
    {
        (await Gateway.Admin.PostAsync("/api/functions/cold/sleep", content: null)).EnsureSuccessStatusCode();
        return await AskAsync(client, Cold);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _certificates.Dispose();
        Space.Dispose();
    }

    private static IPAddress AddressOf(int client) => new([127, 1, (byte)(client >> 8), (byte)client]);

    private static async Task<JsonObject> SettingsAsync(LabCertificates certificates, JsonObject limits, Action<JsonObject>? warm)
    {
        var certificate = certificates.Issue("a.example");
        var hello = await HelloSample.BuildAsync();
        var settings = JsonNode.Parse($$"""
            {
              "Kestrel": { "Certificates": { "Default": { "Path": "{{certificate.CertificatePath}}", "KeyPath": "{{certificate.KeyPath}}" } } },
              "Gateway": {
                "Functions": {
                  "warm": { "Runtime": "Process", "Command": [ "{{hello}}" ], "Listen": [ "http://*:{{Warm}}", "https://*:{{Https}}" ] },
                  "cold": { "Runtime": "Process", "Command": [ "{{hello}}" ], "Environment": { "BOOT_MS": "20" }, "Listen": [ "http://*:{{Cold}}" ] }
                }
              }
            }
            """)!.AsObject();
        settings["Gateway"]!["Limits"] = limits;
        warm?.Invoke(settings["Gateway"]!["Functions"]!["warm"]!.AsObject());
        return settings;
    }
}
