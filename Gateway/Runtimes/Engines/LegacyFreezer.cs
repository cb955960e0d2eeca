using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>cgroup v1's freezer.</summary>
/// <remarks>
/// The engine follows behind a curtain: the processes are moved into a cgroup beside their own, where nothing
/// holds them (freezer_attach(), kernel/cgroup/legacy_freezer.c), their own is frozen without them, the engine thaws it, and they are
/// moved back. A move does not stop a process, but waits for a grace period of the kernel's (cgroup_attach_lock(),
/// kernel/cgroup/cgroup.c), which is why no wake begins with one. It touches nothing else here: on v2 it would take their memory and
/// processor limits from them.
/// </remarks>
/// <param name="work">Ends with the runtime.</param>
internal sealed class LegacyFreezer(BackgroundWork work) : IFreezer
{
    // Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst
    private const string State = "freezer.state";
    private const string Thawed = "THAWED";
    private const string Frozen = "FROZEN";

    /// <summary>Programs that fork may do so between a look and a move; they do not for ever.</summary>
    private const int MaxRounds = 100;

    // An engine that freezes by another hierarchy has left this one as it was.
    public bool Thaw(string cgroup)
    {
        try
        {
            var held = !File.ReadAllText(Path.Combine(cgroup, State)).StartsWith(Thawed, StringComparison.Ordinal);
            return held && TryWrite(cgroup, Thawed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public bool Freeze(string cgroup) => TryWrite(cgroup, Frozen);

    public async Task FollowAsync(string cgroup, Func<Task> engine)
    {
        try
        {
            // The state is the cgroup's own: it is frozen once nobody is left to be held.
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

    /// <summary>Back from behind the curtain, and on.</summary>
    public void Return(string cgroup)
    {
        if (!Directory.Exists(cgroup + EarlyThaw.Suffix))
        {
            return;
        }

        // An engine that did not follow has left it frozen.
        TryWrite(cgroup, Thawed);
        try
        {
            MoveAll(cgroup + EarlyThaw.Suffix, cgroup);
            Directory.Delete(cgroup + EarlyThaw.Suffix);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The engine has ended the container, and some of what was in it is still dying here.
            work.Run("removing the cgroup beside a container's own", token => RemoveAsync(cgroup + EarlyThaw.Suffix, token));
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
}
