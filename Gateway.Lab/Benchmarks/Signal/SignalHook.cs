using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Linking;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>A kernel program that is to see the SYN first.</summary>
/// <param name="Name">The name that it has in the gateway's counters.</param>
/// <param name="Attach">How XDP is attached if the hooks are used without a gateway.</param>
internal sealed record SignalHook(string Name, XdpAttach Attach)
{
    public static readonly SignalHook SockOps = new("sock_ops", XdpAttach.Off);

    /// <summary>Native, on the device of the link.</summary>
    public static readonly SignalHook Xdp = new("xdp", XdpAttach.Native);

    public static IReadOnlyList<SignalHook> All { get; } = [SockOps, Xdp];

    /// <summary>The gateway's <c>Ebpf</c> section without limits by source: one client wakes more than the limits allow.</summary>
    public JsonObject Settings(LinkEnd server)
    {
        var settings = Settings(server.Device);
        settings["Limits"] = BenchSettings.UnlimitedSyns();
        return settings;
    }

    /// <summary>The gateway's <c>Ebpf</c> section, for these devices.</summary>
    public JsonObject Settings(params IReadOnlyList<string> devices) => new()
    {
        ["Mode"] = "Required",
        ["Xdp"] = $"{Attach}",
        ["Interfaces"] = Attach == XdpAttach.Off ? [] : new JsonArray([.. devices]),
    };
}
