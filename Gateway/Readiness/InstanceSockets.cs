using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;
using LibBpf;

namespace Gateway.Readiness;

/// <summary>Distinguishes an instance's listening sockets from those of other programs, and finds where an instance listens if not at its address.</summary>
internal static class InstanceSockets
{
    /// <summary>How many addresses a sentence lists at most.</summary>
    private const int MostNamed = 4;

    /// <summary>The address at which Docker's own resolver listens inside a container's network.</summary>
    private static readonly IPAddress EngineResolver = new([127, 0, 0, 11]);

    /// <summary>
    /// Finds out whether another program listens at the instance's address on this machine. In a network of its own an instance has no such
    /// neighbours.
    /// </summary>
    /// <returns>Returns why the function cannot be served; null if the instance itself listens there, if nobody does, or if it cannot be found out.</returns>
    public static RuntimeException? StrangerAt(IInstance instance, FunctionOptions function)
    {
        // The sockets of an instance with neither cgroup nor process group cannot be distinguished from others.
        if (instance is { CgroupPaths.Count: 0, ProcessGroup: null }
            || instance.Endpoint is not { } endpoint || !IPAddress.IsLoopback(endpoint.Address) || SocketDiagnosis.Find(endpoint) is not { } socket
            || (socket.Cgroup is { } cgroup && IsCgroupOf(instance, cgroup)))
        {
            return null;
        }

        // The instance may hold a socket that was made elsewhere: by a process that passed it on, or by a child that was moved to another cgroup.
        var holders = ProcessTable.Holding(socket.Inode);
        var own = ProcessesOf(instance).ToHashSet();
        if (holders.Any(holder => own.Contains(holder) || ProcessTable.AncestorsOf(holder).Any(own.Contains)) || (holders.Count == 0 && socket.Cgroup is null))
        {
            return null;
        }

        // Without CAP_SYS_PTRACE nobody's descriptors can be read but those of the gateway's user. But each function of the Process runtime has a user of its own.
        if (holders.Count == 0 && own.Any(process => ProcessTable.UserOf(process) == socket.User))
        {
            return null;
        }

        var who = holders.Select(holder => ProcessTable.NameOf(holder) is { } name ? $"{name} (process {holder})" : null).FirstOrDefault(name => name is not null);
        return new RuntimeException(
            $"Gateway:Functions:{function.Name}:Port: {who ?? "another program"} already listens on {endpoint}, so the function cannot; stop it (ss -ltnp 'sport = :{endpoint.Port}' shows it) or choose another port.")
        {
            Cause = StartFailureCause.PortTaken,
        };
    }

    /// <summary>Explains why an instance that runs does not answer at its address.</summary>
    /// <returns>Returns a clause to follow a semicolon; null if the instance listens there, or if nothing is known.</returns>
    public static string? WhereInstead(IInstance instance, FunctionOptions function)
    {
        if (instance.Endpoint is not { } endpoint || ProcessesOf(instance) is not { Count: > 0 } processes || ListeningOf(processes) is not { } sockets || sockets.Any(socket => socket.Takes(endpoint)))
        {
            return null;
        }

        var port = endpoint.Port.ToString(CultureInfo.InvariantCulture);
        var expected = function.Run.Port is null ? $"port {port}, which the variable PORT tells it" : $"port {port}";
        if (sockets.Count == 0)
        {
            return $"it runs and listens nowhere, where {expected} is expected";
        }

        var where = string.Join(" and ", sockets.Take(MostNamed).Select(socket => socket.Endpoint.ToString())) + (sockets.Count > MostNamed ? " and elsewhere" : "");
        return sockets.Any(socket => socket.Endpoint.Port == endpoint.Port)
            ? $"it listens on {where}, which cannot be reached at {endpoint.Address}; have it listen on every address (0.0.0.0 or ::)"
            : $"it listens on {where}; have it listen on {expected}, or write \"Port\": {sockets[0].Endpoint.Port}";
    }

    private static bool IsCgroupOf(IInstance instance, ulong cgroup) =>
        instance.CgroupPaths.Any(path => IdOf(path) == cgroup) || instance.CgroupPaths.SelectMany(Below).Any(path => IdOf(path) == cgroup);

    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory, "*", SearchOption.AllDirectories);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static ulong? IdOf(string directory)
    {
        try
        {
            return Cgroup.IdOf(directory);
        }
        catch (BpfException)
        {
            return null;
        }
    }

    private static IReadOnlyList<int> ProcessesOf(IInstance instance)
    {
        int[] members = [.. instance.CgroupPaths.SelectMany(ProcessTable.InCgroup)];
        return members.Length == 0 && instance.ProcessGroup is { } group ? ProcessTable.InProcessGroup(group) : members;
    }

    // Returns null if nothing can be found out.
    private static IReadOnlyList<ListeningSocket>? ListeningOf(IReadOnlyList<int> processes)
    {
        try
        {
            var first = processes[0].ToString(CultureInfo.InvariantCulture);
            var all = ListeningSocket.Of(first).ToArray();
            var held = processes.Select(ProcessTable.SocketsOf).OfType<HashSet<string>>().ToArray();
            if (held.Length > 0)
            {
                return [.. all.Where(socket => Array.Exists(held, sockets => sockets.Contains(socket.Inode)))];
            }

            // Without CAP_SYS_PTRACE the descriptors of other processes cannot be read. But in a network of its own every socket is the instance's.
            return ProcessTable.NetworkOf(first) is { } network && network != ProcessTable.NetworkOf("self")
                ? [.. all.Where(socket => !socket.Endpoint.Address.Equals(EngineResolver))]
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
