using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Lets a frozen container's processes go on before its engine does, which runs its OCI runtime for it and takes ten times as long.
/// </summary>
/// <remarks>
/// To thaw their cgroup would do, but runc then finds nothing to resume and fails, and its engine goes on taking the container
/// for paused. So the cgroup stays as it is and they are moved out of it, into one beside it where nothing holds them
/// (freezer_attach(), kernel/cgroup/legacy_freezer.c); once the engine has thawed theirs they are moved back. On cgroup v1's freezer
/// alone: there a move touches nothing else, on v2 it would take their memory and processor limits from them.
/// </remarks>
/// <param name="freezer">Its hierarchy.</param>
/// <param name="work">Ends with the runtime.</param>
internal sealed class EarlyThaw(CgroupV1 freezer, BackgroundWork work)
{
    private const string Suffix = ".awake";

    /// <summary>Programs that fork may do so between a look and a move; they do not for ever.</summary>
    private const int MaxRounds = 100;

    /// <summary>Lets them go on. False when that cannot be done here: the engine alone can.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Release(IEnumerable<string> cgroups)
    {
        if (Directories(cgroups) is not { } frozen)
        {
            return false;
        }

        try
        {
            Directory.CreateDirectory(frozen + Suffix);
            // What is frozen does not fork: once is enough. An engine that was quicker has emptied nothing.
            return Move(frozen, frozen + Suffix) > 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Return(cgroups);
            return false;
        }
    }

    /// <summary>They go on, and as far as the engine knows it is still frozen.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool IsReleased(IEnumerable<string> cgroups) => cgroups.Select(freezer.Of).OfType<string>().Any(home => Directory.Exists(home + Suffix));

    /// <summary>Back to where they were, frozen or not as that is. Nothing happens when they are there.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public void Return(IEnumerable<string> cgroups)
    {
        foreach (var home in cgroups.Select(freezer.Of).OfType<string>().Where(home => Directory.Exists(home + Suffix)))
        {
            try
            {
                for (var round = 0; round < MaxRounds && Directory.Exists(home) && Move(home + Suffix, home) > 0; round++)
                {
                }

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

    private string? Directories(IEnumerable<string> cgroups) =>
        cgroups.Select(freezer.Of).OfType<string>().FirstOrDefault(Directory.Exists);

    // The number moved.
    private static int Move(string from, string to)
    {
        var processes = File.ReadAllLines(Path.Combine(from, "cgroup.procs"));
        var moved = 0;
        foreach (var process in processes)
        {
            // One of another PID namespace is shown as 0, which written would mean ourselves.
            if (int.Parse(process, CultureInfo.InvariantCulture) == 0)
            {
                throw new IOException($"{from} holds processes of another PID namespace");
            }

            try
            {
                File.WriteAllText(Path.Combine(to, "cgroup.procs"), process);
                moved++;
            }
            catch (IOException) when (!Directory.Exists($"/proc/{process}"))
            {
                // It has ended meanwhile.
            }
        }

        return moved;
    }
}
