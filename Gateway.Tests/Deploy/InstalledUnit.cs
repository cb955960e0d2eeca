using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Tests.Deploy;

/// <summary>A service unit as a package has installed it, whose command lines are run as systemd would: as its user, with its capabilities and its environment.</summary>
internal sealed class InstalledUnit(DebianRoot root, NetworkNamespace space, string managerFolder)
{
    private readonly string[] _lines = File.ReadAllLines(root.File("/usr/lib/systemd/system/headstart.service"));

    /// <summary>Returns the values of a setting, of which there may be several.</summary>
    public IReadOnlyList<string> Values(string setting) =>
        [.. _lines.Where(line => line.StartsWith(setting + "=", StringComparison.Ordinal)).Select(line => line[(setting.Length + 1)..])];

    /// <summary>Makes what systemd makes before it starts the service.</summary>
    public async Task MakeDirectoriesAsync()
    {
        foreach (var path in (string[])[$"/var/lib/{Values("StateDirectory").Single()}", $"/var/log/{Values("LogsDirectory").Single()}"])
        {
            (await root.RunAsync("install", "--directory", "--owner", User, "--group", User, path)).ThrowIfFailed();
        }
    }

    /// <summary>Starts the service's program.</summary>
    public LabProcess Start() => LabProcess.Start(OptionsOf(Values("ExecStart").Single(), mainProcess: null));

    /// <summary>Runs the lines of a setting one after another, until one fails.</summary>
    public async Task<CommandResult> RunAsync(string setting, int? mainProcess = null)
    {
        CommandResult? last = null;
        foreach (var line in Values(setting))
        {
            last = await Command.ExecuteAsync(OptionsOf(line, mainProcess));
            if (last.ExitCode != 0)
            {
                break;
            }
        }

        return last!;
    }

    private string User => Values("User").Single();

    // The unit's lines have no specifiers, and quote as a shell does. In the second place a variable is left to the shell that the line itself starts.
    private LabProcessOptions OptionsOf(string line, int? mainProcess)
    {
        var set = string.Concat(Values("AmbientCapabilities").Single().Split(' ').Select(static name => $",+{name["CAP_".Length..].ToLowerInvariant()}"));
        var options = root.OptionsOf(
            ["setpriv", "--reuid", User, "--regid", User, "--init-groups", "--no-new-privs", $"--inh-caps=-all{set}", $"--ambient-caps=-all{set}", $"--bounding-set=-all{set}", "sh", "-c", $"exec {line}"],
            space,
            (managerFolder, "/run/manager"));
        var environment = new Dictionary<string, string?>(options.Environment)
        {
            ["NOTIFY_SOCKET"] = "/run/manager/notify",
            ["STATE_DIRECTORY"] = $"/var/lib/{Values("StateDirectory").Single()}",
            ["LOGS_DIRECTORY"] = $"/var/log/{Values("LogsDirectory").Single()}",
            ["MAINPID"] = mainProcess?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        foreach (var pair in Values("Environment").Select(static value => value.Split('=', 2)))
        {
            environment[pair[0]] = pair[1];
        }

        return options with { Environment = environment };
    }
}
