using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Kernels;

/// <summary>One gateway for the tests of a class: an emulated machine takes ten seconds to start it.</summary>
public sealed class ThisKernelGateway : IAsyncLifetime
{
    /// <summary>The program; where it is not set, the one beside the tests.</summary>
    internal const string Program = "HEADSTART_KERNEL_GATEWAY";

    internal static readonly IReadOnlyDictionary<string, int> Ports = new Dictionary<string, int> { ["over4"] = 8081, ["over6"] = 8082, ["paused"] = 8083, ["paged"] = 8084 };

    /// <summary>What the program of the function <c>paged</c> holds, in bytes.</summary>
    internal const long HeldByPaged = 48 << 20;

    public NetworkNamespace Space { get; } = NetworkNamespace.Create();

    public GatewayProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var hello = await HelloSample.BuildAsync();
        var functions = new JsonObject();
        foreach (var (name, port) in Ports)
        {
            functions[name] = new JsonObject
            {
                ["Runtime"] = "Process",
                ["Command"] = new JsonArray(hello),
                ["Listen"] = new JsonArray($"http://*:{port}"),
            };
        }

        // Memory that no file backs, and the tier by its name, so that its absence is told.
        functions["paged"]!["Environment"] = new JsonObject { ["HOLD_MB"] = $"{HeldByPaged >> 20}" };
        functions["paged"]!["Idle"] = new JsonObject { ["Tier"] = "PagedOut" };

        Process = await GatewayProcess.StartAsync(new GatewayProcessOptions
        {
            Namespace = Space,
            Program = Environment.GetEnvironmentVariable(Program),
            Settings = new JsonObject { ["Gateway"] = new JsonObject { ["Functions"] = functions } },
            StartTimeout = TimeSpan.FromMinutes(5),
        });
    }

    public async Task<string> StateAsync(string function) => (await Process.FunctionsAsync()).Single(status => status.Name == function).State;

    /// <summary>Starts it and brings it to rest in a tier; returns when it is there.</summary>
    public async Task RestAsync(string function, string tier)
    {
        (await Process.Admin.PostAsync($"/api/functions/{function}/wake", null)).EnsureSuccessStatusCode();
        await Eventually.True(async () => await StateAsync(function) == "Running");
        (await Process.Admin.PostAsync($"/api/functions/{function}/sleep?tier={tier}", null)).EnsureSuccessStatusCode();
        Assert.Equal(tier, await StateAsync(function));
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        Space.Dispose();
    }
}
