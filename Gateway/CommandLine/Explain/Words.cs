using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using Gateway.Signals;

namespace Gateway.CommandLine.Explain;

/// <summary>Says in the operator's words what holds for a function and a client.</summary>
internal sealed class Words(UnstartedGateway gateway, Question question)
{
    private GatewayOptions Options => gateway.Options;

    /// <summary>Returns which access list denies the client, as in "198.51.100.4 is denied by Gateway:Access", or null if none does.</summary>
    /// <param name="function">The function, or null to ask the gateway's own list alone.</param>
    public string? Denied(Function? function) =>
        gateway.Access.Permit(question.From, function) ? null
        : $"{question.From} is denied by {(gateway.Access.Permit(question.From, function: null) ? $"Gateway:Functions:{function!.Name}:Access" : "Gateway:Access")}";

    /// <summary>Says which hook hears a SYN to the address, or reads a ClientHello.</summary>
    public string Hooks()
    {
        var takers = Takers();
        return takers is null ? "sock_ops hears it on every interface"
            : $"XDP on {takers} hears it first if the driver has it, else sock_ops, which hears every interface";
    }

    /// <summary>Returns the network interfaces by which the SYN may come in and on which XDP is tried, as a sentence has them, or null if there are none.</summary>
    public string? Takers()
    {
        if (Options.Ebpf.Mode == EbpfMode.Off)
        {
            return null;
        }

        var own = DeviceOf(question.To);
        string[] names = [.. KernelExamination.DevicesOf(HookOptions.Of(Options)).Where(device => device.IsWanted && device.WhyNot is null && (own is null || device.Name == own)).Select(device => device.Name)];
        return names.Length == 0 ? null : string.Join(", ", names);
    }

    /// <summary>Says what bounds wakes by a SYN of this client.</summary>
    public string SynLimits()
    {
        var (budget, source) = (Options.Budget, Options.Ebpf.Limits.PerSource);
        var places = string.Create(CultureInfo.InvariantCulture, $"SYNs have {StartBudget.PlacesForSyns(budget)} of the {budget.Concurrent} starts at once (Gateway:Budget)");
        var rate = source.PerSecond > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {question.From} wakes by {source.PerSecond} of them a second (Gateway:Ebpf:Limits:PerSource)") : "";
        return $"{(Options.Trust.Enabled ? $"A connection has to follow within {Time(Options.Trust.Within)} (Gateway:Trust:Within), or it counts as wasted. " : "")}{places}{rate}.";
    }

    /// <summary>Says what bounds wakes by handshakes.</summary>
    public string HandshakeLimits() =>
        string.Create(CultureInfo.InvariantCulture, $"Handshakes have {StartBudget.PlacesForHandshakes(Options.Budget)} of the {Options.Budget.Concurrent} starts at once (Gateway:Budget).");

    /// <summary>Returns what keeps the function from running now, as in "Idle:Schedule has it down until 2026-11-28 08:00 +01:00", or null if nothing does.</summary>
    public static string? Down(FunctionOptions function) => Schedules.At(function.Idle.Schedule, TimeProvider.System.GetUtcNow()) switch
    {
        { Is: ScheduleIs.Down, Until: { } until } => string.Create(CultureInfo.InvariantCulture, $"Idle:Schedule has it down until {until.ToLocalTime():yyyy-MM-dd HH:mm zzz}"),
        { Is: ScheduleIs.Down } => "Idle:Schedule has it down at all times",
        _ => null,
    };

    /// <summary>Says what starts or rests with the function, as a sentence that begins with a space, or nothing if nothing does.</summary>
    public static string Bonds(FunctionOptions function)
    {
        var needs = function.DependsOn.Select(need => need.IsOptional ? $"{need.Function} (optional)" : need.Function);
        return (function.DependsOn.Count > 0 ? $" It starts with what it depends on: {string.Join(", ", needs)} (DependsOn)." : "")
            + (function.Excludes.Count > 0 ? $" These have to rest before it starts: {string.Join(", ", function.Excludes)} (Excludes)." : "")
            + (function.Group is { } group ? $" It rests together with the others of the group '{group}' (Group)." : "");
    }

    /// <summary>Says whether and how long a request waits for a function.</summary>
    public static string Hold(FunctionOptions function)
    {
        var most = string.Create(CultureInfo.InvariantCulture, $"{function.Hold.MaxRequests:N0}");
        var held = function.Hold.MaxRequests == 0
            ? "while it rests requests are answered 503, because Hold:MaxRequests is 0"
            : $"while it rests or starts the request waits for it up to {Time(function.Hold.Timeout)}, with {most} at most (Hold), and then is answered 503{(function.Hold.Page is { } page ? $"; a browser gets the waiting page after {Time(page.After)} (Hold:Page)" : "")}";
        var rest = function.Idle.Tier switch
        {
            Tier.Running => "It never rests (Idle:Tier Running).",
            { } tier => $"It rests {tier} after {Time(function.Idle.After)} without use (Idle).",
            null => $"It rests as deeply as its clients' handshakes hide, down to {function.Idle.Deepest}, after {Time(function.Idle.After)} without use (Idle:Tier Auto).",
        };
        return function.Scale.Min > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{function.Scale.Min} of its instances keep running (Scale:Min); {held}. {rest}")
            : $"{char.ToUpperInvariant(held[0])}{held[1..]}. {rest}";
    }

    /// <summary>Returns a time as people write it.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.##} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.##} h"),
    };

    // An address that is none of an interface may be routed here, and come in by any.
    private static string? DeviceOf(IPAddress address)
    {
        try
        {
            return IPAddress.IsLoopback(address) ? "lo"
                : NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(device => device.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)))?.Name;
        }
        catch (NetworkInformationException)
        {
            return null;
        }
    }
}
