using Gateway.Lab;

namespace Gateway.Tests.Deploy;

/// <summary>Reads deploy/headstart.service.</summary>
internal static class ServiceUnit
{
    public static string Path => SourceTree.Path("deploy", "headstart.service");

    /// <summary>Gets the unit's ambient capabilities as setpriv(1) names them.</summary>
    public static string[] Capabilities => [.. Value("AmbientCapabilities").Split(' ').Select(name => name["CAP_".Length..].ToLowerInvariant())];

    /// <summary>Returns the value of a setting that the unit has once.</summary>
    public static string Value(string setting) =>
        File.ReadLines(Path).Single(line => line.StartsWith(setting + "=", StringComparison.Ordinal))[(setting.Length + 1)..];
}
