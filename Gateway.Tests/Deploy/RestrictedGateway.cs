using Gateway.Lab;

namespace Gateway.Tests.Deploy;

/// <summary>
/// A program for <see cref="Gateway.Lab.Hosts.GatewayProcessOptions.Program"/> that starts the gateway with ambient capabilities in a process that has no others: as a user of its own, as
/// deploy/headstart.service does, or as a uid 0 that means nothing (SECBIT_NOROOT), so that files may stay whose they are.
/// </summary>
internal sealed class RestrictedGateway : IDisposable
{
    /// <summary>A group that nobody here is in, in the place of the engine's.</summary>
    public const int EngineGroup = 54_321;

    private readonly LabDirectory _directory = LabDirectory.Create("restricted");

    /// <param name="user">The uid and gid, or 0.</param>
    /// <param name="cgroup">A cgroup of v2 in which it starts, or null.</param>
    /// <param name="capabilities">The capabilities as setpriv(1) names them.</param>
    public RestrictedGateway(int user, string? cgroup, params string[] capabilities)
    {
        Path = _directory.File("gateway");
        var set = string.Concat(capabilities.Select(capability => $",+{capability}"));
        var enter = cgroup is null ? "" : $"echo 0 >'{cgroup}/cgroup.procs'";
        var who = user == 0 ? "--securebits +noroot" : $"--reuid {user} --regid {user} --groups {EngineGroup}";
        File.WriteAllText(Path, $"""
            #!/bin/sh
            {enter}
            exec setpriv {who} --no-new-privs --inh-caps=-all{set} --ambient-caps=-all{set} --bounding-set=-all{set} dotnet "{System.IO.Path.Combine(AppContext.BaseDirectory, "Gateway.dll")}" "$@"

            """);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    public void Dispose() => _directory.Dispose();
}
