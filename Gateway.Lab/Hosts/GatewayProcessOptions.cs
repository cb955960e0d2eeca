using System.Text.Json.Nodes;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Hosts;

/// <summary>How a gateway is run.</summary>
public sealed record GatewayProcessOptions
{
    /// <summary>The namespace that it runs in; null for this process's namespace.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The whole of appsettings.json.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>The directory of another gateway's appsettings.json, which this one is to use as it is; null for one of its own.</summary>
    public string? ContentRoot { get; init; }

    /// <summary>Gateway.dll or an executable; null for the one that HEADSTART_GATEWAY names, else Gateway.dll beside the running assembly.</summary>
    public string? Program { get; init; }

    /// <summary>Further arguments, after <c>--contentRoot</c> and its directory.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Cores it may run on, as taskset(1) writes them; null for those of this process.</summary>
    public string? Cores { get; init; }

    /// <summary>How many files it may open; null for the limit of this process.</summary>
    public int? MaxOpenFiles { get; init; }

    /// <summary>Added to this process's environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Longest time from its start to <c>/readyz</c> = 200.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The gateway's own default is http://127.0.0.1:9090. The scheme is <c>unix</c> for a socket.</summary>
    internal Uri AdminUrl => new((Settings["Gateway"]?["Admin"]?["Url"]?.GetValue<string>() ?? "http://127.0.0.1:9090").Replace("://*", "://localhost", StringComparison.Ordinal));
}
