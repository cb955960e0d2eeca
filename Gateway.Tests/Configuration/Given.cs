using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Configurations as the user would write them, and what the reader says to them.</summary>
internal static class Given
{
    private static readonly ConcurrentDictionary<IPEndPoint, bool> s_given = new();

    public static IConfigurationRoot Json(string json, params (string Key, string? Value)[] more) =>
        new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)))
            .AddInMemoryCollection(more.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)))
            .Build();

    /// <summary>A configuration with the function "hello": a process, and what <paramref name="more"/> says.</summary>
    public static string Process(string more = "", string outside = "") =>
        $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"] {{Comma(more)}} } } } {{Comma(outside)}} }""";

    public static string Docker(string more = "", string outside = "") =>
        $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": "Docker", "Image": "hello:1" {{Comma(more)}} } } } {{Comma(outside)}} }""";

    /// <summary>The engines' sections, with their defaults.</summary>
    public static FrozenDictionary<string, RuntimeSettings> Engines(string docker = "unix:///var/run/docker.sock", string podman = "unix:///run/podman/podman.sock") =>
        new Dictionary<string, RuntimeSettings>
        {
            ["Docker"] = new EngineOptions { Endpoint = new Uri(docker) },
            ["Podman"] = new EngineOptions { Endpoint = new Uri(podman) },
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>With the runtimes that the gateway has.</summary>
    public static GatewayOptions Read(IConfiguration configuration) => ConfigurationReader.Read(configuration, RuntimeModules.All);

    /// <inheritdoc cref="Read"/>
    public static ReadResult TryRead(IConfiguration configuration, KnownParts? before = null) => ConfigurationReader.TryRead(configuration, RuntimeModules.All, before);

    public static FunctionOptions Function(string json, params (string Key, string? Value)[] more) =>
        Read(Json(json, more)).Functions["hello"];

    public static IReadOnlyList<ConfigurationError> Errors(string json, params (string Key, string? Value)[] more) =>
        TryRead(Json(json, more)).Errors;

    /// <summary>The only error.</summary>
    public static ConfigurationError Error(string json, params (string Key, string? Value)[] more) => Assert.Single(Errors(json, more));

    public static IReadOnlyList<ConfigurationError> Warnings(string json)
    {
        var result = TryRead(Json(json));
        Assert.Empty(result.Errors);
        return result.Warnings;
    }

    /// <summary>A port of the given loopback address that nobody listened on a moment ago, and that nobody else here is given.</summary>
    public static int FreePort(IPAddress address)
    {
        while (true)
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            var free = (IPEndPoint)socket.LocalEndPoint!;
            if (s_given.TryAdd(free, true))
            {
                return free.Port;
            }
        }
    }

    private static string Comma(string text) => text.Length == 0 ? "" : ", " + text;
}
