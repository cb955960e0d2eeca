using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;
using LibBpf;

namespace Gateway.Readiness;

/// <summary>Tells an instance's listening sockets from other programs', and says where it does listen when it does not where it should.</summary>
internal static class InstanceSockets
{
    /// <summary>More addresses than this are not listed in a sentence.</summary>
    private const int MostNamed = 4;

    /// <summary>Where Docker's own resolver listens inside of a container's network (127.0.0.11).</summary>
    private static readonly IPAddress EngineResolver = new([127, 0, 0, 11]);

    /// <summary>
    /// Whether what listens at the instance's address on this machine is another program. On a network of its own an
    /// instance has no such neighbours.
    /// </summary>
    /// <returns>Why the function cannot be served; null when it is the instance itself, nobody, or cannot be told.</returns>
    public static RuntimeException? StrangerAt(IInstance instance, FunctionOptions function)
    {
        // Of an instance with neither cgroup nor process group nothing can be told from anybody else's.
        if (instance is { CgroupPaths.Count: 0, ProcessGroup: null }
            || instance.Endpoint is not { } endpoint || !IPAddress.IsLoopback(endpoint.Address) || SocketDiagnosis.Find(endpoint) is not { } socket
            || (socket.Cgroup is { } cgroup && IsCgroupOf(instance, cgroup)))
        {
            return null;
        }

        // Its socket may have been made elsewhere: by whoever passed it on, or by a child that was moved to another cgroup.
        var holders = ProcessTable.Holding(socket.Inode);
        var own = ProcessesOf(instance).ToHashSet();
        if (holders.Any(holder => own.Contains(holder) || ProcessTable.AncestorsOf(holder).Any(own.Contains)) || (holders.Count == 0 && socket.Cgroup is null))
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

    /// <summary>What is to be said of an instance that runs and does not answer at its address.</summary>
    /// <returns>A clause that follows a semicolon; null when it does listen there, or nothing is known.</returns>
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

    // Null when nothing can be known.
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

            // Descriptors of others cannot be looked at without CAP_SYS_PTRACE; but a network of its own holds nobody else's sockets.
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
