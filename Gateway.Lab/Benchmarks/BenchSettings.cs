using System.Text.Json.Nodes;

namespace Gateway.Lab.Benchmarks;

/// <summary>Parts of an appsettings.json.</summary>
internal static class BenchSettings
{
    /// <summary>As many starts as the machine makes: the benchmark wakes one function more often than a minute's budget allows.</summary>
    public static JsonObject UnlimitedBudget() => new() { ["PerMinute"] = 1_000_000, ["PerFunctionPerMinute"] = 1_000_000 };

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
