namespace Gateway.Runtimes.Process;

/// <summary>Freezes and thaws a group of processes, by cgroup v2's freezer (Linux 5.2) or else by SIGSTOP and SIGCONT.</summary>
internal static class Freezer
{
    /// <summary>The longest wait for the freeze, because a process in an uninterruptible call is frozen only when that returns.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Freezes all processes of the group. With a cgroup, the task completes when all of them stand still.</summary>
    /// <exception cref="RuntimeException">They could not be frozen, and run on.</exception>
    public static async Task FreezeAsync(int processGroup, string? directory, TimeProvider time, CancellationToken cancellationToken)
    {
        if (directory is null)
        {
            Signal(processGroup, NativeMethods.SIGSTOP);
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "cgroup.freeze"), "1", limit.Token);
            await CgroupEvents.WaitAsync(directory, () => IsFrozen(directory), time, limit.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            Thaw(processGroup, directory);
            cancellationToken.ThrowIfCancellationRequested();
            throw new RuntimeException($"its processes could not be frozen ({directory}): {error.Message}", error);
        }
    }

    /// <summary>Thaws the processes, which are runnable when this returns.</summary>
    /// <exception cref="RuntimeException">They could not be thawed.</exception>
    public static void Thaw(int processGroup, string? directory)
    {
        if (directory is null)
        {
            Signal(processGroup, NativeMethods.SIGCONT);
            return;
        }

        try
        {
            File.WriteAllText(Path.Combine(directory, "cgroup.freeze"), "0");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RuntimeException($"its processes cannot go on ({directory}): {error.Message}", error);
        }
    }

    private static void Signal(int processGroup, int signal)
    {
        if (NativeMethods.kill(-processGroup, signal) != 0)
        {
            throw new RuntimeException($"process group {processGroup} could not be sent signal {signal}: it is not there");
        }
    }

    private static bool IsFrozen(string directory) =>
        File.ReadLines(Path.Combine(directory, "cgroup.events")).Contains("frozen 1", StringComparer.Ordinal);
}
