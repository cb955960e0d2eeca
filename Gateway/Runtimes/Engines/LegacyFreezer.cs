using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>The freezer of cgroup v1.</summary>
/// <remarks>
/// While the engine follows, the processes are moved to a cgroup beside their own, where they are not frozen (freezer_attach(),
/// kernel/cgroup/legacy_freezer.c). Their own cgroup is frozen without them, the engine thaws it, and they are moved back. A move does not stop a
/// process, but it waits for a grace period of the kernel (cgroup_attach_lock(), kernel/cgroup/cgroup.c), so no wake begins with one. The move has no
/// other effect here, whereas on cgroup v2 it would remove the processes' memory and processor limits.
/// </remarks>
/// <param name="work">The background work of the runtime, with which it ends.</param>
internal sealed class LegacyFreezer(BackgroundWork work) : IFreezer
{
    // Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst
    private const string State = "freezer.state";
    private const string Thawed = "THAWED";
    private const string Frozen = "FROZEN";

    /// <summary>The number of attempts to move all processes, because a program may fork between a look and a move, though not for ever.</summary>
    private const int MaxRounds = 100;

    // If the engine freezes by another hierarchy, this one is not frozen, and there is nothing to thaw.
    public bool Thaw(string cgroup) => StateOf(cgroup) is { } state && !state.StartsWith(Thawed, StringComparison.Ordinal) && TryWrite(cgroup, Thawed);

    public void Unfreeze(string cgroup) => TryWrite(cgroup, Thawed);

    public bool IsFrozen(string cgroup) => StateOf(cgroup)?.StartsWith(Thawed, StringComparison.Ordinal) != true;

    public bool Freeze(string cgroup) => TryWrite(cgroup, Frozen);

    public async Task FollowAsync(string cgroup, Func<Task> engine)
    {
        try
        {
            // The state belongs to the cgroup, so an empty one is frozen at once.
            if (TryEmpty(cgroup))
            {
                TryWrite(cgroup, Frozen);
            }

            await engine();
        }
        finally
        {
            Return(cgroup);
        }
    }

    /// <summary>Moves the processes back to their own cgroup, which is thawed.</summary>
    public void Return(string cgroup)
    {
        if (!Directory.Exists(cgroup + EarlyThaw.Suffix))
        {
            return;
        }

        // If the engine did not follow, the cgroup is still frozen.
        TryWrite(cgroup, Thawed);
        try
        {
            MoveAll(cgroup + EarlyThaw.Suffix, cgroup);
            Directory.Delete(cgroup + EarlyThaw.Suffix);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The engine has ended the container, and some of its processes are still ending here.
            work.Run("removing the cgroup beside a container's own", token => RemoveAsync(cgroup + EarlyThaw.Suffix, token));
        }
    }

    // cgroup v1 reports an empty cgroup only to its release agent, so this polls. If the cgroup is still there after that, the next gateway
    // that looks at the function removes it.
    private static async Task RemoveAsync(string directory, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 50 && Directory.Exists(directory); attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            try
            {
                Directory.Delete(directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It is not empty yet, or was removed elsewhere.
            }
        }
    }

    private static string? StateOf(string cgroup)
    {
        try
        {
            return File.ReadAllText(Path.Combine(cgroup, State));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryWrite(string cgroup, string state)
    {
        try
        {
            File.WriteAllText(Path.Combine(cgroup, State), state);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TryEmpty(string cgroup)
    {
        try
        {
            Directory.CreateDirectory(cgroup + EarlyThaw.Suffix);
            return MoveAll(cgroup, cgroup + EarlyThaw.Suffix);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Returns true if no process is left. A child begins in its parent's cgroup, so an empty cgroup stays empty.
    private static bool MoveAll(string from, string to)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var processes = File.ReadAllLines(Path.Combine(from, "cgroup.procs"));
            if (processes.Length == 0)
            {
                return true;
            }

            foreach (var process in processes)
            {
                Move(process, to);
            }
        }

        return false;
    }

    private static void Move(string process, string to)
    {
        // A process of another PID namespace is shown as 0, which would stand for this process when written.
        if (int.Parse(process, CultureInfo.InvariantCulture) == 0)
        {
            throw new IOException($"a process of another PID namespace cannot be moved to {to}");
        }

        try
        {
            File.WriteAllText(Path.Combine(to, "cgroup.procs"), process);
        }
        catch (IOException) when (!Directory.Exists($"/proc/{process}"))
        {
            // The process has ended meanwhile.
        }
    }
}
