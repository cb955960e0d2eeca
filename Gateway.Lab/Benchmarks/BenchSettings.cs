using System.Text.Json.Nodes;

namespace Gateway.Lab.Benchmarks;

/// <summary>Makes parts of an appsettings.json.</summary>
internal static class BenchSettings
{
    /// <summary>The limit of starts, which is off: the benchmark wakes one function more often than the budget of a minute allows.</summary>
    public static JsonObject UnlimitedBudget() => new() { ["PerMinute"] = 1_000_000, ["PerFunctionPerMinute"] = 1_000_000 };

    /// <summary>The limits of SYNs (<c>Gateway:Ebpf:Limits</c>), which are off for a source and its network: all of a benchmark's come from one.</summary>
    public static JsonObject UnlimitedSyns() => new() { ["PerSource"] = null, ["PerNetwork"] = null };

    /// <summary>A local program that never rests by itself.</summary>
    public static JsonObject Process(string program, int bootMilliseconds, string wakeOn, params IEnumerable<string> listen) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray(program),
        ["Environment"] = new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" },
        ["WakeOn"] = wakeOn,
        ["Listen"] = new JsonArray([.. listen]),
        ["Idle"] = new JsonObject { ["After"] = "01:00:00" },
    };

    /// <summary>Kestrel's certificate for every name.</summary>
    public static JsonObject Certificates(LabCertificate certificate) => new()
    {
        ["Default"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath },
    };
}
