namespace Gateway.Tests.House;

/// <summary>
/// The rooms of Gateway/ (its folders, which are its namespaces) from the inside out, and which rooms each may use. docs/architecture.md says why.
/// </summary>
internal static class Rooms
{
    /// <summary>The root folder and the command line: what puts the rooms together.</summary>
    public const string Host = "Host";

    /// <summary>A room uses rooms of earlier lines only, and of these the named ones only.</summary>
    public static readonly (string Room, string[] Uses)[] Allowed =
    [
        ("Model", []),
        ("Configuration", ["Model"]),
        ("Runtimes", ["Model", "Configuration"]),
        ("Telemetry", ["Model", "Configuration"]),
        ("Activation", ["Model", "Configuration", "Runtimes", "Telemetry"]),
        ("Readiness", ["Model", "Configuration", "Runtimes", "Activation"]),
        ("Idle", ["Model", "Configuration", "Runtimes", "Telemetry", "Activation"]),
        ("Signals", ["Model", "Configuration", "Activation", "Readiness"]),
        ("Listening", ["Model", "Configuration", "Telemetry", "Activation", "Signals"]),
        ("Restart", ["Configuration", "Runtimes", "Activation", "Idle", "Signals", "Listening"]),
        ("Forwarding", ["Model", "Configuration", "Runtimes", "Telemetry", "Activation", "Readiness", "Signals", "Listening"]),
        ("WarmUp", ["Model", "Configuration", "Runtimes", "Telemetry", "Activation", "Listening", "Forwarding"]),
        ("Admin", ["Model", "Configuration", "Runtimes", "Telemetry", "Activation", "Idle", "Signals", "Listening"]),
        (Host, ["Model", "Configuration", "Runtimes", "Telemetry", "Activation", "Readiness", "Idle", "Signals", "Listening", "Restart", "Forwarding", "WarmUp", "Admin"]),
    ];

    /// <summary>The room of a type of the gateway's assembly; null for what the compiler adds.</summary>
    public static string? Of(string typeName)
    {
        var parts = typeName.Split('.');
        return parts[0] != "Gateway" || (parts.Length > 1 && parts[1] == "Ebpf") ? null
            : parts.Length < 3 || parts[1] == "CommandLine" ? Host
            : parts[1];
    }
}
