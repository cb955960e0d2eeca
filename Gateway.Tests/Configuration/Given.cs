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

/// <summary>Makes configurations as a user would write them, and reads them.</summary>
internal static class Given
{
    private static readonly ConcurrentDictionary<IPEndPoint, bool> s_given = new();

    /// <summary>Returns a configuration of a JSON text and single keys, which replace those of the text.</summary>
    public static IConfigurationRoot Json(string json, params (string Key, string? Value)[] more) =>
        new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)))
            .AddInMemoryCollection(more.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)))
            .Build();

    /// <summary>Returns the JSON of a configuration with the function "hello", which is a process.</summary>
    /// <param name="more">More members of the function.</param>
    /// <param name="outside">More members beside <c>Gateway</c>.</param>
    public static string Process(string more = "", string outside = "") =>
        $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"] {{Comma(more)}} } } } {{Comma(outside)}} }""";

    /// <summary>Returns the JSON of a configuration with the function "hello", which is a Docker container. The parameters are those of <see cref="Process"/>.</summary>
    public static string Docker(string more = "", string outside = "") =>
        $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": "Docker", "Image": "hello:1" {{Comma(more)}} } } } {{Comma(outside)}} }""";

    /// <summary>Returns the options of the engines' sections, which have their defaults unless the test gives others.</summary>
    public static FrozenDictionary<string, RuntimeSettings> Engines(string docker = "unix:///var/run/docker.sock", string podman = "unix:///run/podman/podman.sock") =>
        new Dictionary<string, RuntimeSettings>
        {
            ["Docker"] = new EngineOptions { Endpoint = new Uri(docker) },
            ["Podman"] = new EngineOptions { Endpoint = new Uri(podman) },
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a configuration with the runtimes that the gateway has.</summary>
    public static GatewayOptions Read(IConfiguration configuration) => ConfigurationReader.Read(configuration, RuntimeModules.All);

    /// <inheritdoc cref="Read"/>
    public static ReadResult TryRead(IConfiguration configuration, KnownParts? before = null) => ConfigurationReader.TryRead(configuration, RuntimeModules.All, before);

    /// <summary>Reads a configuration and returns its function "hello".</summary>
    public static FunctionOptions Function(string json, params (string Key, string? Value)[] more) =>
        Read(Json(json, more)).Functions["hello"];

    public static IReadOnlyList<ConfigurationError> Errors(string json, params (string Key, string? Value)[] more) =>
        TryRead(Json(json, more)).Errors;

    /// <summary>Reads a configuration and returns its only error.</summary>
    public static ConfigurationError Error(string json, params (string Key, string? Value)[] more) => Assert.Single(Errors(json, more));

    /// <summary>Reads a configuration that has no errors and returns its warnings.</summary>
    public static IReadOnlyList<ConfigurationError> Warnings(string json)
    {
        var result = TryRead(Json(json));
        Assert.Empty(result.Errors);
        return result.Warnings;
    }

    /// <summary>Returns a port of the given address on which nobody listened a moment ago. No other test of this process gets it.</summary>
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
