using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Paging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Runtimes.Process;

/// <summary>Says what this machine allows functions that are programs of it.</summary>
/// <param name="examination">The functions, of which there is at least one.</param>
internal sealed class ProcessExamination(RuntimeExamination examination)
{
    private const string Rights = "add AmbientCapabilities=CAP_SETUID CAP_SETGID CAP_SETPCAP CAP_KILL to the unit (deploy/headstart.service), or run it as root";

    private readonly GatewayRights _rights = GatewayRights.Read();

    public IReadOnlyList<Finding> Run()
    {
        List<Finding> findings = [Users(), Cgroups(out var place)];
        if (Limits(place) is { } limits)
        {
            findings.Add(limits);
        }

        if (examination.Functions.Any(function => function.Idle.MayRestPagedOut))
        {
            using var pageOut = new PageOut(examination.CgroupRoot, NullLogger.Instance);
            findings.Add(pageOut.Examine(ProcessModule.RuntimeName, examination.Names(function => function.Idle.NamesPagedOut)));
        }

        return findings;
    }

    // What each loss means is in docs/operating.md, "Capabilities".
    private Finding Users()
    {
        const string Name = "Process users";
        var users = new FunctionUsers(_rights, File.ReadLines("/proc/self/uid_map"));
        foreach (var function in examination.Functions)
        {
            try
            {
                _ = users.Of(function.Name, (ProcessRunOptions)function.Run);
            }
            catch (RuntimeException error)
            {
                return Finding.Lack(isWanted: true, Name, error.Message.TrimEnd('.'), $"{function.Name} does not start: its requests are answered 503", Rights);
            }
        }

        return !_rights.ChangesUsers
            ? Finding.Lack(isWanted: true, Name, $"functions run as the gateway's own user (uid {_rights.Uid})", "functions can signal and trace one another and the gateway, and read its files (docs/security.md)", Rights)
            : !_rights.DropsGroups
            ? Finding.Lack(isWanted: true, Name, $"functions keep the gateway's groups ({string.Join(", ", _rights.Groups)})", "functions may use what these groups may, such as an engine's socket (event 3003)", Rights)
            : !_rights.Has(Capability.SetPcap)
            ? Finding.Lack(isWanted: true, Name, "functions keep the gateway's bounding set (no CAP_SETPCAP)", "no_new_privs alone keeps them from gaining rights (docs/operating.md)", Rights)
            : Finding.Ok(Name, "each function runs as a user of its own");
    }

    // Probes come 1 to 100 ms apart where the kernel does not tell of listen(): docs/cold-start.md, "Order of a start".
    private Finding Cgroups(out string? place)
    {
        const string Name = "Process cgroups";
        place = null;
        var why = "cgroup v2 is not mounted";
        if (examination.CgroupRoot is { } root)
        {
            (place, why) = GroupRoot.Find(root);
        }

        return place is not null
            ? Finding.Ok(Name, $"each instance gets a cgroup below {place}")
            : Finding.Lack(
                isWanted: true, Name, $"no cgroups for instances ({why})",
                "their listen() is not heard, so that each start is found ready by probes 1 to 100 ms apart; Memory and Pids are refused (event 3001)",
                "add Delegate=yes and DelegateSubgroup=gateway to the unit (deploy/headstart.service), or run it as root where /sys/fs/cgroup can be written");
    }

    private Finding? Limits(string? place)
    {
        const string Name = "Process limits";
        FunctionOptions[] limited = [.. examination.Functions.Where(function => function.Run is ProcessRunOptions { Memory: not null } or ProcessRunOptions { Pids: not null })];
        if (limited.Length == 0)
        {
            return null;
        }

        var root = examination.CgroupRoot;
        var limits = new GroupLimits(root: null, CgroupV1.Find("memory", root), CgroupV1.Find("pids", root));
        foreach (var function in limited)
        {
            if (WhyNot(limits, (ProcessRunOptions)function.Run, place) is var (key, why))
            {
                return Finding.Lack(
                    isWanted: true, Name, $"Gateway:Functions:{function.Name}:{key}: {why}", $"{function.Name} does not start: its requests are answered 503",
                    $"run the gateway as root or with a delegated cgroup (Delegate=yes), or remove {key}");
            }
        }

        return Finding.Ok(Name, "Memory and Pids of functions take effect");
    }

    private static (string Key, string Why)? WhyNot(GroupLimits limits, ProcessRunOptions run, string? place)
    {
        try
        {
            return place is null ? (run.Memory is null ? nameof(run.Pids) : nameof(run.Memory), GroupLimits.NoCgroups) : limits.Foresee(run, place);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (nameof(run.Memory), error.Message.TrimEnd('.'));
        }
    }
}
