using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Lets a frozen container's processes go on before its engine does, which runs its OCI runtime for it and takes a hundred times as long.
/// </summary>
/// <remarks>
/// Their cgroup is thawed: one write. The engine goes on taking the container for paused, and asked to let it go on it fails, since
/// runc finds nothing to resume. So the engine follows behind a curtain: the processes are moved into a cgroup beside their own, where nothing
/// holds them (freezer_attach(), kernel/cgroup/legacy_freezer.c), their own is frozen without them, the engine thaws it, and they are
/// moved back. A move does not stop a process, but waits for a grace period of the kernel's (cgroup_attach_lock(),
/// kernel/cgroup/cgroup.c), which is why no wake begins with one. On cgroup v1's freezer alone: there a move touches
/// nothing else, on v2 it would take their memory and processor limits from them.
/// </remarks>
/// <param name="freezer">Its hierarchy.</param>
/// <param name="work">Ends with the runtime.</param>
internal sealed class EarlyThaw(CgroupV1 freezer, BackgroundWork work)
{
    /// <summary>What is behind the curtain is in the cgroup of the container's name and this.</summary>
    public const string Suffix = ".awake";

    // Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst
    private const string State = "freezer.state";
    private const string Thawed = "THAWED";
    private const string Frozen = "FROZEN";

    /// <summary>Programs that fork may do so between a look and a move; they do not for ever.</summary>
    private const int MaxRounds = 100;

    /// <summary>Lets them go on. False when that cannot be done here: the engine alone can.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Thaw(IEnumerable<string> cgroups) => HomeOf(cgroups) is { } home && IsHeld(home) && TryWrite(home, Thawed);

    /// <summary>They stand still, as the engine holds them to. False when they cannot be: there are none, or not here.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Freeze(IEnumerable<string> cgroups) => HomeOf(cgroups) is { } home && TryWrite(home, Frozen);

    /// <summary>Has the engine thaw what goes on already, and its processes notice nothing of it.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    /// <param name="engine">Asks the engine. If it fails, all is as before.</param>
    public async Task FollowAsync(IReadOnlyList<string> cgroups, Func<Task> engine)
    {
        if (HomeOf(cgroups) is not { } home)
        {
            await engine();
            return;
        }

        try
        {
            // The state is the cgroup's own: it is frozen once nobody is left to be held.
            if (TryEmpty(home))
            {
                TryWrite(home, Frozen);
            }

            await engine();
        }
        finally
        {
            Return(cgroups);
        }
    }

    /// <summary>Back from behind the curtain, and on. Nothing happens when none are there.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public void Return(IEnumerable<string> cgroups)
    {
        foreach (var home in cgroups.Select(freezer.Of).OfType<string>().Where(home => Directory.Exists(home + Suffix)))
        {
            // An engine that did not follow has left it frozen.
            TryWrite(home, Thawed);
            try
            {
                MoveAll(home + Suffix, home);
                Directory.Delete(home + Suffix);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The engine has ended the container, and some of what was in it is still dying here.
                work.Run("removing the cgroup beside a container's own", token => RemoveAsync(home + Suffix, token));
            }
        }
    }

    // cgroup v1 does not tell when a cgroup has become empty to others than its release agent. What is left after this the next
    // gateway that looks at the function removes.
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
                // Not yet, or somebody else has.
            }
        }
    }

    // An engine that freezes by another hierarchy has left this one as it was.
    private static bool IsHeld(string home)
    {
        try
        {
            return !File.ReadAllText(Path.Combine(home, State)).StartsWith(Thawed, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TryWrite(string home, string state)
    {
        try
        {
            File.WriteAllText(Path.Combine(home, State), state);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TryEmpty(string home)
    {
        try
        {
            Directory.CreateDirectory(home + Suffix);
            return MoveAll(home, home + Suffix);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Whether none is left. Children are where their parents are, so that what is empty stays so.
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
        // One of another PID namespace is shown as 0, which written would mean ourselves.
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
            // It has ended meanwhile.
        }
    }

    private string? HomeOf(IEnumerable<string> cgroups) =>
        cgroups.Select(freezer.Of).OfType<string>().FirstOrDefault(Directory.Exists);
}
